import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['packages/*/src/**/*.test.ts', 'services/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    // Suites that start a database or kill processes need more than the default five seconds on two shared cores.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Native addons (LMDB, the ClickHouse engine) are not safe in worker threads that are torn down.
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
  },
});
