import type { Invoke } from '../../../cli/local-machines.ts';

export declare const reader: Invoke;
export declare const worker: Invoke;
export declare const closer: Invoke;
