/** The example day, and what the saved queries are asked of it. */
import { join } from 'node:path';
import type { Asked } from './answers.ts';

export const DAY = '2026-11-20';

/** The options of `run` that make its reports, as `npm start` has them. */
export const EXAMPLES = ['--from', join(__dirname, '..', '..', 'examples'), '--date', DAY, '--as-of', '2026-11-21T06:00:00Z'] as const;

/** What is put for each `?`. */
export const ASKED: Asked = { 'first day': DAY, 'last day': DAY, actor: 'noor.haddad@quillfeather.example', 'from time': `${DAY}T09:00`, 'until time': `${DAY}T15:00` };
