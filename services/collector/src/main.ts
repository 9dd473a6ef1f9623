import { createBatchDecoder, loadPackageSchemas, streamTopicNames } from '@burnline/contracts';
import {
  KAFKA_VARIABLES,
  REGISTRY_VARIABLES,
  connectLog,
  openSchemas,
  runService,
  systemClock,
  untilTopic,
} from '@burnline/runtime';
import { COLLECTOR_VARIABLES, addressOf, priceSettingsOf, samplingOf } from './collector-variables.ts';
import { readMappings } from './intake/mapped/read-mappings.ts';
import { LiveWriter } from './live-writer.ts';
import { Prices } from './pricing/prices.ts';
import { serveCollector } from './serve.ts';

/** The collector as a process: `node dist/main.js`. docs/environment.md lists its variables. */
process.exitCode = await runService(
  {
    name: 'collector',
    variables: { ...KAFKA_VARIABLES, ...REGISTRY_VARIABLES, ...COLLECTOR_VARIABLES },
    start: async ({ config, logger, metrics, supervision, checks, closing }) => {
      const prices = await Prices.open(priceSettingsOf(config), { logger, metrics });
      const folder = config.BURNLINE_MAPPINGS_FOLDER;
      const mappings = folder === undefined ? undefined : await readMappings(folder);
      const log = await connectLog(config, { logger, metrics });
      closing.after.push(() => {
        prices?.close();
        return log.close();
      });
      const names = streamTopicNames(config.BURNLINE_STREAM);
      checks.set('log', async () => {
        await log.bounds([names.inference]);
      });
      const waiting = { logger, signal: supervision.signal };
      const partitionCount = await untilTopic(log, names.inference, waiting);
      const topics = { ...names, partitionCount };
      const schemas = await openSchemas(config, config.BURNLINE_STREAM, waiting);
      const server = await serveCollector(
        {
          log,
          clock: systemClock,
          logger,
          decoder: createBatchDecoder(loadPackageSchemas()),
          logSchemaIdOf: (id) => schemas.logIdOf(id),
          writer: new LiveWriter({ schemas, prices, sampling: samplingOf(config) }, topics),
          topics,
          readsTexts: config.BURNLINE_TEXT_SIGNALS === 'on',
          metrics,
          ...(mappings && { mappings }),
        },
        addressOf(config),
      );
      // Requests under way end before the log closes.
      closing.before.push(() => server.close());
      logger.info({ intake: server.url, otlpGrpc: server.otlpGrpcUrl }, 'taking events');
    },
  },
  process.env,
);
