import { OpenAIInstrumentation } from '@traceloop/instrumentation-openai';
import { run } from './chat-cases.mjs';
import { openAiCalls } from './openai-calls.mjs';
import { startTracing } from './tracing.mjs';

const tracing = startTracing();
const instrumentation = new OpenAIInstrumentation();
instrumentation.setTracerProvider(tracing);
await run(openAiCalls(), () => tracing.shutdown());
