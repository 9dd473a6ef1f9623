export { createReferenceWork } from './references/resolve-references.ts';
export { resolverGroupOf } from './references/start-resolver.ts';
export { createRawWork } from './raw-work.ts';
export { sinkGroupOf, startSink } from './start-sink.ts';
export { startSinkThread } from './start-sink-thread.ts';
export { writeAgain } from './write-again.ts';
