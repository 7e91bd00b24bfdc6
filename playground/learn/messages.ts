export type LearnInput = never;
export type LearnEvent = never;
