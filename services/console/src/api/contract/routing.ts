import { z } from 'zod';
import { about, epochMs } from './about.ts';

/** One provider, deployment or region that a policy looks at. */
const route = z.object({
  policy: z.string(),
  dimension: z.enum(['provider', 'deployment', 'region']),
  value: z.string(),
  environments: z.array(z.string()).describe('Environments that its rule is of; empty: all.'),
  isInRotation: z
    .boolean()
    .describe('Whether to send to it: false only where it is out and that is known now.'),
  isOut: z.boolean().describe('Whether it was routed around when that was last known.'),
  sinceMs: epochMs.describe('Since when it is out, or in rotation.'),
  checkedMs: epochMs.describe('When that was last known.'),
  errors: z.number(),
  total: z.number(),
  countedThroughMs: epochMs.describe('End of the window that was counted.'),
  incomplete: z
    .string()
    .nullable()
    .describe('Why everything is in rotation whatever was seen; null: the data is there.'),
});

/** What a gateway may send to: what is not here is in rotation. */
export const routing = z.object({
  about,
  services: z.array(
    z.object({
      service: z.string(),
      isComplete: z
        .boolean()
        .describe('False: data is too old or too little, and everything is in rotation.'),
      routes: z.array(route),
      otherEnvironments: z
        .array(z.string())
        .describe('Environments of rules that are left out: none is of the one that was asked for.'),
    }),
  ),
});
export type Routing = z.infer<typeof routing>;
