export { createRawWork } from './raw-work.ts';
export { startSink } from './start-sink.ts';
export { writeAgain } from './write-again.ts';
