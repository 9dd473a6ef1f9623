import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAppError, type AppError } from '@burnline/core';
import { expect, it } from 'vitest';
import { readEnvironment } from './read-environment.ts';
import { CLICKHOUSE_VARIABLES, COMPANIONS, KAFKA_VARIABLES, SERVICE_VARIABLES } from './service-variables.ts';

const VARIABLES = { ...SERVICE_VARIABLES, ...KAFKA_VARIABLES, ...CLICKHOUSE_VARIABLES };
const NEEDED = { KAFKA_BROKERS: 'a:9092, b:9092', CLICKHOUSE_URL: 'http://db:8123' };

const read = (environment: Readonly<Record<string, string>>) =>
  readEnvironment(VARIABLES, environment, COMPANIONS);

function refusalOf(environment: Readonly<Record<string, string>>): AppError {
  try {
    read(environment);
  } catch (error) {
    if (isAppError(error)) return error;
  }
  throw new Error('was taken');
}

it('has defaults for everything but where the log and the database are', () => {
  expect(read(NEEDED)).toMatchObject({
    KAFKA_BROKERS: ['a:9092', 'b:9092'],
    KAFKA_TLS: false,
    KAFKA_COMPRESSION: 'lz4',
    CLICKHOUSE_USER: 'default',
    BURNLINE_STREAM: 'live',
    BURNLINE_HTTP_PORT: 9_464,
  });
  expect(refusalOf({}).details['faults']).toEqual(['KAFKA_BROKERS is missing', 'CLICKHOUSE_URL is missing']);
});

it('names every fault at once, with what was found, and a remedy', () => {
  const error = refusalOf({
    KAFKA_BROKERS: ' , ',
    CLICKHOUSE_URL: 'db:8123',
    KAFKA_TLS: 'yes',
    KAFKA_COMPRESSION: 'zstd',
    KAFKA_SASL_MECHANISM: 'plain',
    BURNLINE_STREAM: 'EU West',
    BURNLINE_HTTP_PORT: '70000',
    BURNLINE_LOG_LEVEL: '',
  });
  expect(error.details['faults']).toEqual([
    'KAFKA_SASL_MECHANISM is set and KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are missing',
    'BURNLINE_STREAM: must be 1 to 40 of a-z, 0-9 and hyphen, found "EU West"',
    'BURNLINE_HTTP_PORT: must be a whole number from 0 to 65535, found "70000"',
    'KAFKA_BROKERS: must name at least one, separated by commas, found " , "',
    'KAFKA_TLS: must be true or false, found "yes"',
    'KAFKA_COMPRESSION: must be one of lz4, gzip, none, found "zstd"',
    'CLICKHOUSE_URL: must be an http or https URL, found "db:8123"',
  ]);
  expect(error.remedy).toContain('docs/environment.md');
});

it('reads a secret from a file, and never shows one', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'burnline-environment-'));
  try {
    const file = path.join(directory, 'password');
    await writeFile(file, 'from a file\n');
    expect(read({ ...NEEDED, CLICKHOUSE_PASSWORD_FILE: file }).CLICKHOUSE_PASSWORD).toBe('from a file');
    const both = refusalOf({ ...NEEDED, CLICKHOUSE_PASSWORD_FILE: file, CLICKHOUSE_PASSWORD: 'hunter2' });
    expect(both.message).toContain('CLICKHOUSE_PASSWORD and CLICKHOUSE_PASSWORD_FILE are both set');
    expect(both.message).not.toContain('hunter2');
    const missing = refusalOf({ ...NEEDED, CLICKHOUSE_PASSWORD_FILE: path.join(directory, 'none') });
    expect(missing.message).toContain('cannot be read');
  } finally {
    await rm(directory, { recursive: true });
  }
});
