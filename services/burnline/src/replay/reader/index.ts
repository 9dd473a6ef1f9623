export { openReplay } from './replay-source.ts';
export type { OpenReplayOptions, ReplaySource } from './replay-source.ts';
export type { ReplayRecord } from './replay-record.ts';
export type { ReplayErrorCode } from './replay-error.ts';
export type { BadRow, BadRowPolicy, ReplayProgress } from './survey.ts';
