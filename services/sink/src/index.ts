export { createRawWork } from './raw-work.ts';
export { startSink } from './start-sink.ts';
