import { z } from 'zod';
import { epochMs } from './about.ts';

/** Data of the server-sent event `change`: which questions have another answer now. */
export const change = z.object({
  asOf: z.iso.datetime(),
  what: z.array(z.enum(['judged', 'alerts', 'specs'])),
  evaluatedThroughMs: z.record(z.string(), epochMs).describe('By stream.'),
});
export type Change = z.infer<typeof change>;
