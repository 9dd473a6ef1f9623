import { z } from 'zod';

/** Instants are epoch milliseconds, as every `...Ms` of the commands' JSON; `asOf` alone is ISO 8601. */
export const epochMs = z.number().describe('Epoch milliseconds, UTC.');
export const lengthMs = z.number().describe('A length of time in milliseconds.');
/** A share, 0 to 1. */
export const share = z.number().min(0).max(1);
export const labels = z.record(z.string(), z.string()).describe('Group-by fields and their values.');
/** The statement that answers the same, as `burnline query` and every client of ClickHouse take it. */
export const sql = z.string().describe('The statement behind these figures, with its values in it.');

/** How far one stream is judged, and how complete it is. */
const streamAbout = z.object({
  stream: z.string().describe('live, or the name of a replay.'),
  clock: z.enum(['live', 'replay']),
  evaluatedThroughMs: epochMs.nullable().describe('Every instant up to here is judged; null: none is yet.'),
  coverage: share.nullable().describe('How complete the data is; below 0.9 nothing is concluded.'),
  lagMs: lengthMs
    .nullable()
    .describe('How far what is judged lies behind now, in whole 5 s; null of a history, which is over.'),
});
export type StreamAbout = z.infer<typeof streamAbout>;

/** What every answer says of itself. */
export const about = z.object({
  asOf: z.iso
    .datetime()
    .describe('When the tables were read, or the moment of the history that was asked for.'),
  stream: z.string().nullable().describe('The stream that the answer speaks of; null: of all of them.'),
  coverage: share.nullable().describe('The lowest of the streams.'),
  lagMs: lengthMs.nullable().describe('The longest of the streams that are live; null without one.'),
  streams: z.array(streamAbout),
});
export type About = z.infer<typeof about>;

/** The next page is the same question with this as `cursor`; null after the last one. */
export const next = z.string().nullable();

/** An error, as RFC 9457 has it (`application/problem+json`). */
export const problem = z.object({
  type: z.string().describe('about:blank: the status says it; `code` tells kinds apart.'),
  title: z.string(),
  status: z.number().int(),
  code: z.string().describe('Stable.'),
  detail: z.string(),
  remedy: z.string().nullable().describe('What to do about it.'),
});
export type Problem = z.infer<typeof problem>;
