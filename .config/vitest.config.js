import { defineConfig } from 'vitest/config';

/** Units that start a database, or publish a million events: as long as a suite of processes. */
const SLOW_UNITS = [
  'packages/publisher/src/publisher.test.ts',
  'services/engine/src/clickhouse-connect.test.ts',
  'services/engine/src/pools.test.ts',
  'services/engine/src/start-engine.test.ts',
];
/** What needs no process of its own, and the embedded pipeline once from end to end. */
const QUICK_SUITES = [
  'test/{agreement,golden,support}/**/*.test.ts',
  'test/contract/event-log/{across-threads,embedded,memory}.test.ts',
  'test/delivery/{sealer,step-failures,stream-worker,unreadable}.test.ts',
  'test/integrity/event-meanings.test.ts',
];
/** The random model of delivery: in short with the units, in full with the suites. */
const MODEL = 'test/delivery/delivery-faults*.test.ts';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // Native addons (LMDB, the ClickHouse engine) are not safe in worker threads that are torn down.
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'units',
          include: [
            'packages/*/src/**/*.test.ts',
            'services/*/{src,web/src}/**/*.test.ts',
            ...QUICK_SUITES,
            MODEL,
          ],
          exclude: SLOW_UNITS,
          env: { DELIVERY_HISTORIES: process.env.DELIVERY_HISTORIES ?? '100' },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: [...SLOW_UNITS, 'test/**/*.test.ts'],
          exclude: ['test/{kafka,faults}/**', ...QUICK_SUITES],
          setupFiles: ['test/support/first-counterexample.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'kafka',
          include: ['test/kafka/**/*.test.ts'],
          // One file at a time: brokers and the processes under test share two cores.
          maxWorkers: 1,
          // A broker starts in 2 s on a quiet machine and in 20 s beside other suites; a test may start several.
          testTimeout: 240_000,
          hookTimeout: 240_000,
          globalSetup: ['test/kafka/setup/global-setup.ts'],
          setupFiles: ['test/kafka/setup/require-broker.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          // Real processes, broker and database of one file have the machine to themselves.
          maxWorkers: 1,
          // After a fault everybody waits out sessions, retries and patience before the figures are compared.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          globalSetup: ['test/kafka/setup/global-setup.ts'],
          setupFiles: ['test/kafka/setup/require-broker.ts'],
        },
      },
    ],
    // Suites that start a database or kill processes need more than the default five seconds on two shared cores.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Processes are killed and clocks waited for on shared machines: there, and only there, a test has a second try, which
    // the report names. What is wrong for certain fails twice.
    retry: process.env.CI ? 1 : 0,
  },
});
