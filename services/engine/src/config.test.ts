import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { completeConfig, readConfig, type EngineConfig } from './config.ts';

const USERS = [{ name: 'burnline', password: 's3cret"\\', role: 'pipeline' }] as const;

describe('readConfig', () => {
  it('keeps everything that is given', () => {
    const config: EngineConfig = {
      dataDirectory: '/data/x y',
      host: '127.0.0.2',
      port: 8123,
      users: USERS,
      sessionCounts: { write: 3, read: 4, analyst: 5 },
      maxWaitingCount: 7,
      waitTimeoutMs: 1234,
      maxBodyBytes: 5_000_000,
      memoryBytes: 3_000_000_000,
      pipelineMaxExecutionSeconds: 11,
      analystMaxExecutionSeconds: 12,
      stopTimeoutMs: 13,
      bodyTimeoutMs: 14,
      answerTimeoutMs: 15,
      tenantTables: { tables: ['d.t', 'd.u'], views: ['d.v'] },
      allowedHosts: ['a.example', 'b'],
    };
    expect(completeConfig(config)).toEqual(config);
  });

  it('fills in loopback, any port and modest sizes', () => {
    expect(completeConfig({ dataDirectory: '/data', users: USERS })).toMatchObject({
      host: '127.0.0.1',
      port: 0,
      sessionCounts: { write: 2, read: 2, analyst: 2 },
      maxBodyBytes: 256 * 1024 * 1024,
    });
  });

  it('names every fault and no password', () => {
    const environment = {
      BURNLINE_ENGINE_DATA_DIRECTORY: '/data/{a,b}',
      BURNLINE_ENGINE_USERS: '[{"name":"x","password":"hush","role":"king"}]',
      BURNLINE_ENGINE_PORT: 'eighty',
      BURNLINE_ENGINE_READ_SESSIONS: '0',
    };
    let error: unknown;
    try {
      readConfig(environment);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(AppError);
    const { code, message } = error as AppError;
    expect(code).toBe('ENGINE_CONFIG_INVALID');
    for (const name of [...Object.keys(environment)]) expect(message).toContain(name);
    expect(message).not.toContain('hush');
  });

  it.each([
    ['[]', /at least one user/],
    ['[{"name":"a","password":"","role":"analyst"},{"name":"a","password":"","role":"analyst"}]', /twice/],
    ['{', /JSON array/],
  ])('refuses users %s', (users, fault) => {
    const environment = { BURNLINE_ENGINE_DATA_DIRECTORY: '/data' };
    expect(() => readConfig({ ...environment, BURNLINE_ENGINE_USERS: users })).toThrow(fault);
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.org'])(
    'beyond loopback, on %s, wants a password of everybody',
    (host) => {
      const open = [...USERS, { name: 'analyst', password: '', role: 'analyst' as const }];
      expect(() => completeConfig({ dataDirectory: '/data', users: open, host })).toThrow(/password/);
      expect(completeConfig({ dataDirectory: '/data', users: USERS, host }).host).toBe(host);
      expect(completeConfig({ dataDirectory: '/data', users: open, host: '127.0.0.3' }).users).toEqual(open);
    },
  );

  it('takes users from a file, and from one place only', () => {
    const directory = mkdtempSync(join(tmpdir(), 'burnline-users-'));
    const file = join(directory, 'users.json');
    try {
      writeFileSync(file, JSON.stringify(USERS));
      const environment = { BURNLINE_ENGINE_DATA_DIRECTORY: '/data', BURNLINE_ENGINE_USERS_FILE: file };
      expect(readConfig(environment).users).toEqual(USERS);
      expect(() => readConfig({ ...environment, BURNLINE_ENGINE_USERS: '[]' })).toThrow(/exclude/);
      expect(() => readConfig({ ...environment, BURNLINE_ENGINE_USERS_FILE: `${file}.not` })).toThrow(
        /ENOENT/,
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
