import { STREAM_SERVICE_VARIABLES, openStreamService, runService } from '@burnline/runtime';
import { SpecCatalog } from '@burnline/counting';
import { startProcessor } from './start-processor.ts';

/** The processor as a process: `node dist/main.js`. docs/environment.md lists its variables. */
process.exitCode = await runService(
  {
    name: 'processor',
    variables: STREAM_SERVICE_VARIABLES,
    start: async (context) => {
      const service = await openStreamService(context);
      startProcessor({ ...service, catalog: new SpecCatalog(service.store) }, service.stream);
    },
  },
  process.env,
);
