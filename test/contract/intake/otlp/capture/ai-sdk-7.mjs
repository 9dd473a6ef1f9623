import { OpenTelemetry } from '@ai-sdk/otel';
import { registerTelemetry } from 'ai';
import { run } from './ai-sdk-cases.mjs';

registerTelemetry(new OpenTelemetry());
await run({ telemetry: { functionId: 'assistant' } });
