import { STREAM_SERVICE_VARIABLES, openStreamService, runService } from '@burnline/runtime';
import { startSink } from './start-sink.ts';

/** The sink as a process: `node dist/main.js`. docs/environment.md lists its variables. */
process.exitCode = await runService(
  {
    name: 'sink',
    variables: STREAM_SERVICE_VARIABLES,
    start: async (context) => {
      const service = await openStreamService(context);
      startSink(service, service.stream);
    },
  },
  process.env,
);
