import { run } from './ai-sdk-cases.mjs';

await run({ experimental_telemetry: { isEnabled: true, functionId: 'assistant' } });
