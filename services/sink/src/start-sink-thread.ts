import { createRequire } from 'node:module';
import { runInThread, type RunningStream, type ServiceHost, type StoreOptions } from '@burnline/runtime';

/** `startSink` in a thread of its own. What the thread needs of the host is the log, which stays where it is, and the logger. */
export function startSinkThread(host: ServiceHost, stream: RunningStream, database: StoreOptions): void {
  const entry = createRequire(import.meta.url).resolve('@burnline/sink/thread');
  host.supervision.start(`sink ${stream.name}`, (signal) =>
    runInThread(host, { entry, stream, database }, signal),
  );
}
