import { z } from 'zod';
import { STATUS_BY_CODE } from '../http/intake-error.ts';
import { PROBLEM_CODES } from '../records/record-problems.ts';

/** Answers as JSON writes them. Tests hold every answer to these: nothing is in one that its shape does not have. */

const index = z.int().min(0);
const problem = z
  .strictObject({
    index,
    path: z.string().describe('The field, like verdicts[0].kind; empty for the record as a whole.'),
    code: z.enum(PROBLEM_CODES),
    expected: z.string(),
    found: z.string(),
  })
  .meta({ id: 'Problem' });
const summary = {
  wrongCount: z.int().min(0),
  wrongIndexes: z.array(index).describe('Every record that is wrong, by its position, from 0.'),
  problemCount: z.int().min(0),
  problems: z.array(problem).describe('The first 1,000 faults.'),
};

export const accepted = z
  .strictObject({
    accepted: z.int().min(0).describe('Records that are durable in the log.'),
    sampledOut: z.int().min(1).optional().describe('Events that were left out, for which others stand.'),
    ids: z.array(z.uuid()).optional().describe('Their ids, in the order of the request.'),
    partitions: z.int().min(1).optional().describe('How many partitions the stream has; of batches.'),
    refused: z.strictObject(summary).optional().describe('What was left out, where the others are taken.'),
  })
  .meta({ id: 'Accepted' });

const CODES = Object.keys(STATUS_BY_CODE) as (keyof typeof STATUS_BY_CODE)[];

/** Of this status. What the log and the contracts refuse has codes of theirs, beside which 400 and 503 stand. */
export function refusal(status: number): z.ZodType {
  const own = CODES.filter((code) => STATUS_BY_CODE[code] === status);
  const others = status === 400 || status === 503 ? [z.string().regex(/^(LOG|CONTRACT)(_[A-Z]+)+$/)] : [];
  const details = z.looseObject({
    ...z.strictObject(summary).partial().shape,
    items: z
      .array(
        z.strictObject({
          index,
          id: z.uuid().optional(),
          state: z.enum(['durable', 'absent', 'unknown']),
        }),
      )
      .optional()
      .describe('What became of each record that was not taken.'),
  });
  return z.strictObject({
    error: z.strictObject({
      code: z.union([z.enum(own), ...others]),
      message: z.string(),
      remedy: z.string().optional(),
      details,
    }),
  });
}

/** Statuses of refusals. */
export const REFUSAL_STATUSES = [...new Set(Object.values(STATUS_BY_CODE))].sort((a, b) => a - b);

/** `ExportTraceServiceResponse` and the like, with one of these members. */
export function exportResponse(rejected: string): z.ZodType {
  return z.strictObject({
    partialSuccess: z.strictObject({ [rejected]: z.string(), errorMessage: z.string() }).optional(),
  });
}

/** `google.rpc.Status`. */
export const rpcStatus = z
  .strictObject({
    code: z.int(),
    message: z.string(),
    details: z.array(z.looseObject({ '@type': z.string() })),
  })
  .meta({ id: 'RpcStatus' });
