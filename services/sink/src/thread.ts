import { serveThread } from '@burnline/runtime';
import { startSink } from './start-sink.ts';

/** The sink in a thread of the pipeline's process: see `startSinkThread`. */
await serveThread(startSink);
