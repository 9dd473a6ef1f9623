import { constants } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isFree } from './ports.ts';
import { startKafka, type RunningKafka } from './start-kafka.ts';

const HELP = `npm run kafka -- [--port PORT] [--data DIR]

A real Apache Kafka broker for development, on 127.0.0.1, without Docker. It needs Java 17 or newer, and Maven at the first
start, which fetches 43 MB into ~/.cache/burnline (BURNLINE_CACHE for another place). Ctrl+C stops it.

  --port PORT   where clients connect; 9092 by default
  --data DIR    keeps topics and their messages between runs; by default they go with the broker
  --help        this text
`;

class UsageError extends Error {}

async function main(): Promise<number> {
  const { port, directory, isHelp } = readArgs();
  if (isHelp) {
    process.stdout.write(HELP);
    return 0;
  }
  if (!(await isFree(port))) {
    throw new Error(
      `Port ${port} of 127.0.0.1 is in use. End what listens there, or take another: npm run kafka -- --port ${port + 1}`,
    );
  }
  const stopped = stopSignal();
  say('starting Apache Kafka ...');
  const kafka = await startKafka({
    port,
    compiler: 'full',
    onProgress: say,
    ...(directory === undefined ? {} : { directory }),
  });
  process.stdout.write(`Kafka answers on ${kafka.brokers.join(',')}\n`);
  process.stdout.write(`export KAFKA_BROKERS=${kafka.brokers.join(',')}\n`);
  say(
    directory === undefined
      ? 'Its data goes when it stops. Ctrl+C stops it.'
      : `Data: ${directory}. Ctrl+C stops it.`,
  );
  return serve(kafka, stopped);
}

async function serve(kafka: RunningKafka, stopped: Promise<number>): Promise<number> {
  const exitCode = await Promise.race([stopped, kafka.ended().then(() => null)]);
  if (exitCode === null) {
    const lines = await kafka.lastLogLines();
    await kafka.stop();
    throw new Error(`The broker ended by itself. Its last lines:\n${lines}`);
  }
  say('stopping ...');
  await kafka.stop();
  return exitCode;
}

function readArgs(): { port: number; directory: string | undefined; isHelp: boolean } {
  const options = {
    port: { type: 'string', default: '9092' },
    data: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = (() => {
    try {
      return parseArgs({ options });
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
  })();
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UsageError(`--port takes a number from 1 to 65535, not ${values.port}.`);
  // npm starts scripts in the workspace's root; a relative path is meant from where the command was typed.
  const directory =
    values.data === undefined ? undefined : path.resolve(process.env['INIT_CWD'] ?? '.', values.data);
  return { port, directory, isHelp: values.help };
}

/** Resolves with the exit code at the first signal. Later ones change nothing: npm passes on what the terminal sends as well. */
function stopSignal(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        resolve(128 + constants.signals[signal]);
      });
  });
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    if (error instanceof UsageError) say(`\n${HELP}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
