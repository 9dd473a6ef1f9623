import { batches } from './batches/batches-dialect.ts';
import type { Dialect } from './dialect.ts';
import { json } from './json/json-dialect.ts';
import { langfuse } from './langfuse/langfuse-dialect.ts';
import { litellm } from './litellm/litellm-dialect.ts';
import { otlp } from './otlp/otlp-dialect.ts';

/** Every dialect that the intake understands; each has a folder here, and its own part of test/contract/intake. */
export const DIALECTS: readonly Dialect[] = [json, batches, litellm, langfuse, otlp];
