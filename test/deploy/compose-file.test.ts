import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ALERTER_VARIABLES } from '@burnline/alerter';
import { COLLECTOR_VARIABLES } from '@burnline/collector';
import { SERVICE_VARIABLES } from '@burnline/runtime';
import { MIGRATE_VARIABLES } from 'burnline';
import { expect, it, onTestFinished } from 'vitest';
import { hasProgram } from '../support/programs.ts';
import { ROOT, ownServices, readCompose } from './compose-file.ts';

/** Goal: docker-compose.yml says what it should, without an engine; test/kafka/compose.test.ts runs what it names. */
/** The alerter's hold those of every stream service. */
const KNOWN = { ...SERVICE_VARIABLES, ...ALERTER_VARIABLES, ...COLLECTOR_VARIABLES, ...MIGRATE_VARIABLES };
const PROGRAM = 'docker-compose';
const compose = await readCompose();
const services = Object.entries(compose.services);

it.skipIf(!hasProgram(PROGRAM, 'Debian: apt-get install docker-compose'))('is a valid compose file', () => {
  const result = spawnSync(PROGRAM, ['config', '-q'], { cwd: ROOT, encoding: 'utf8' });
  expect(result.stderr).toBe('');
  expect(result.status).toBe(0);
});

it('pins every image, bounds the memory of every service, and listens on loopback alone', () => {
  for (const [name, service] of services) {
    expect(service.image, name).toMatch(/:v?\d+\.\d+\.\d+/);
    expect(service.mem_limit, name).toMatch(/^\d+[mg]$/);
    for (const port of service.ports ?? []) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    expect(service.healthcheck?.test !== undefined || service.healthcheck?.disable, name).toBe(true);
  }
});

it('sets variables that exist, and no secret in the open', () => {
  for (const [name, { environment = {} }] of ownServices(compose)) {
    const unknown = Object.keys(environment).filter((variable) => !(variable.replace(/_FILE$/, '') in KNOWN));
    expect(unknown, name).toEqual([]);
  }
  for (const [name, { environment = {} }] of services) {
    for (const [variable, value] of Object.entries(environment))
      if (/PASSWORD|SECRET|TOKEN/.test(variable))
        expect(value, `${name}: ${variable}`).toMatch(/^\/run\/secrets\//);
  }
});

it('mounts files that are here', () => {
  const mounted = services
    .flatMap(([, { volumes = [] }]) => volumes)
    .filter((volume) => /^[.$]/.test(volume));
  expect(mounted).toHaveLength(5);
  for (const volume of mounted) {
    const [from = ''] = volume.replace(/\$\{\w+:-([^}]*)\}/, '$1').split(':');
    if (!from.startsWith('./deploy/secrets/')) expect(existsSync(path.join(ROOT, from)), from).toBe(true);
  }
});

it('gets its secrets from a script that keeps those that are there', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'burnline-secrets-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const make = () =>
    spawnSync('sh', [path.join(ROOT, 'deploy/make-secrets.sh'), folder], { encoding: 'utf8' });
  const read = (name: string) => readFile(path.join(folder, name), 'utf8');
  expect(make()).toMatchObject({ status: 0, stderr: '' });
  const names = Object.values(compose.secrets).map(({ file }) => path.basename(file));
  const passwords = await Promise.all(names.map(read));
  for (const password of passwords) expect(password).toMatch(/^[0-9a-f]{48}$/);
  expect(new Set(passwords).size).toBe(names.length);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const users = await read('clickhouse-users.xml');
  for (const name of ['clickhouse_password', 'analyst_password'])
    expect(users).toContain(
      createHash('sha256')
        .update(await read(name))
        .digest('hex'),
    );
  expect(users).not.toMatch(/_SHA256/);
  expect(make().status).toBe(0);
  expect(await Promise.all(names.map(read))).toEqual(passwords);
});
