import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { run } from './chat-cases.mjs';
import { openAiCalls } from './openai-calls.mjs';

const sdk = new NodeSDK({
  traceExporter: new OTLPTraceExporter(),
  instrumentations: [new OpenAIInstrumentation({ captureMessageContent: true })],
});
sdk.start();
await run(openAiCalls(), () => sdk.shutdown());
