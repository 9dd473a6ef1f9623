import { z } from 'zod';
import type { ConsoleParts } from '../console-parts.ts';

/** What a question reads: where everything stands, which is read once for all; figures of the tables; or single events. */
type Reads = 'book' | 'tables' | 'events';

/** One question of the API: where it is asked, what it takes, and the shape of what it answers. */
export interface Route {
  /** Under /api/v1; `{name}` stands for a part of the path. */
  readonly path: string;
  readonly summary: string;
  readonly params: readonly string[];
  readonly query: z.ZodObject;
  readonly answer: z.ZodType;
  readonly reads: Reads;
  readonly answerTo: (
    parts: ConsoleParts,
    asked: { readonly params: Readonly<Record<string, string>>; readonly query: unknown },
  ) => Promise<unknown>;
}

/** Holds what answers a question to its parameters and to its shape. */
export function route<Query extends z.ZodObject, Answer extends z.ZodType, Name extends string = never>(one: {
  readonly path: string;
  readonly summary: string;
  readonly params?: readonly Name[];
  readonly query: Query;
  readonly answer: Answer;
  /** `tables` by default. */
  readonly reads?: Reads;
  readonly answerTo: (
    parts: ConsoleParts,
    asked: { readonly params: Readonly<Record<Name, string>>; readonly query: z.output<Query> },
  ) => Promise<z.input<Answer>>;
}): Route {
  return { params: [], reads: 'tables', ...one } as unknown as Route;
}

/** The last millisecond that the tables' times have. */
const LAST_MS = 4_294_967_295_000;

/** Date.parse takes 30 February for 2 March. */
const iso = z.iso.datetime({ offset: true });
const msOfIso = (text: string): number => (iso.safeParse(text).success ? Date.parse(text) : Number.NaN);

/** An instant: epoch milliseconds, or ISO 8601 with a zone. */
const instant = z
  .string()
  .max(40)
  .transform((text, context) => {
    const atMs = /^\d{1,13}$/.test(text) ? Number(text) : msOfIso(text.toUpperCase());
    if (atMs >= 0 && atMs <= LAST_MS) return atMs;
    context.addIssue({
      code: 'custom',
      message: 'give epoch milliseconds or ISO 8601 with a zone, from 1970 to 2106',
    });
    return z.NEVER;
  })
  .describe('Epoch milliseconds, or ISO 8601 with a zone.');

const name = z.string().min(1).max(500);
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'give a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));

/** A number, with a fraction or not. */
export const number = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}(\.\d{1,15})?(e-?\d{1,2})?$/, 'give a number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .optional();

/** Parameters that several questions share. */
export const QUERY = {
  stream: name.optional().describe('live, or the name of a replay.'),
  from: instant.optional().describe('Start of the stretch, included.'),
  to: instant.optional().describe('Its end, not included.'),
  asOf: instant
    .optional()
    .describe('A moment of the history: everything as it stood then, as `burnline status --as-of` has it.'),
  cursor: z.string().min(1).max(2_000).optional().describe('`next` of the page before.'),
  limit: (fallback: number, max: number) =>
    whole(1, max).optional().describe(`Entries of a page; ${fallback} by default, ${max} at most.`),
  stepMs: whole(1_000, 604_800_000).optional(),
  name: name.optional(),
  /** Of an experiment's arm; has to be given. */
  arm: name,
  /** May be given several times: any of them. */
  names: z
    .union([z.array(name).max(100), name.transform((one) => [one])])
    .optional()
    .describe('May be given several times: any of them.'),
};
