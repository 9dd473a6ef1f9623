import { AnthropicInstrumentation } from '@traceloop/instrumentation-anthropic';
import { anthropicCalls } from './anthropic-calls.mjs';
import { run } from './chat-cases.mjs';
import { startTracing } from './tracing.mjs';

const tracing = startTracing();
const instrumentation = new AnthropicInstrumentation();
instrumentation.setTracerProvider(tracing);
await run(anthropicCalls(), () => tracing.shutdown());
