type Answer = (event: unknown) => Promise<unknown>;
export const reader: Answer;
export const worker: Answer;
export const closer: Answer;
