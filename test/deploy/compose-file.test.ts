import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ALERTER_VARIABLES } from '@burnline/alerter';
import { COLLECTOR_VARIABLES, parseKeyFile } from '@burnline/collector';
import { CONSOLE_VARIABLES, parseReadKeys } from '@burnline/console';
import { SERVICE_VARIABLES } from '@burnline/runtime';
import { MIGRATE_VARIABLES } from 'burnline';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { hasProgram } from '../support/programs.ts';
import { LIMITED_SETTINGS } from '../../services/engine/dist/engine/analyst-profile.js';
import { sessionSettings } from '../../services/engine/dist/engine/engine-settings.js';
import { goProgram } from '../support/kafka/go-program.ts';
import { ROOT, bindMounts, ownServices, readCompose, type ComposeFile } from './compose-file.ts';

/** Goal: docker-compose.yml says what it should, without an engine; test/kafka/compose.test.ts runs what it names. */
/** The alerter's hold those of every stream service. */
const KNOWN = {
  ...{ ...SERVICE_VARIABLES, ...ALERTER_VARIABLES, ...COLLECTOR_VARIABLES, ...CONSOLE_VARIABLES },
  ...MIGRATE_VARIABLES,
};
const compose = await readCompose();
const services = Object.entries(compose.services);

it.skipIf(!hasProgram('go', 'Debian: apt-get install golang-go'))(
  "is what Docker Compose's own parser takes",
  async () => {
    const program = await goProgram({
      title: "Docker Compose's parser",
      folder: 'compose-go',
      module: 'github.com/compose-spec/compose-go/v2/cmd',
      version: 'v2.16.2',
    });
    const result = spawnSync(program, ['-format', 'json', 'docker-compose.yml'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(result.stderr).toBe('');
    expect(result.status).toBe(0);
    const model = JSON.parse(result.stdout) as ComposeFile;
    expect(Object.keys(model.services).sort()).toEqual(Object.keys(compose.services).sort());
  },
  300_000,
);

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
    const unknown = Object.keys(environment).filter(
      (variable) => !(variable in KNOWN) && !(variable.replace(/_FILE$/, '') in KNOWN),
    );
    expect(unknown, name).toEqual([]);
  }
  for (const [name, { environment = {} }] of services) {
    for (const [variable, value] of Object.entries(environment))
      if (/PASSWORD|SECRET|TOKEN/.test(variable))
        expect(value, `${name}: ${variable}`).toMatch(/^\/run\/secrets\//);
  }
});

it('mounts files that are here', () => {
  const mounted = services.flatMap(([, service]) => bindMounts(service));
  expect(mounted).toHaveLength(6);
  for (const { source, read_only: isReadOnly } of mounted) {
    expect(isReadOnly, source).toBe(true);
    if (!source.startsWith('./deploy/secrets/'))
      expect(existsSync(path.join(ROOT, source)), source).toBe(true);
  }
});

it('makes no folder where a file is missing', () => {
  for (const [name, service] of services) {
    for (const volume of service.volumes ?? [])
      if (typeof volume === 'string') expect(volume, name).toMatch(/^[a-z-]+:/);
    for (const { source, bind } of bindMounts(service)) expect(bind?.create_host_path, source).toBe(false);
  }
});

it("bounds every container's log", () => {
  for (const [name, { logging }] of services) {
    expect(logging?.options['max-size'], name).toMatch(/^\d+m$/);
    expect(Number(logging?.options['max-file']), name).toBeGreaterThan(1);
  }
});

it('starts a service again after a failure, and never after a halt; migrate waits by itself', () => {
  for (const [name, { restart, environment = {}, command = [] }] of ownServices(compose)) {
    if (name === 'migrate') {
      expect(restart).toBe('no');
      expect(command.slice(-2)).toEqual(['--wait', '120']);
    } else expect([restart, environment['BURNLINE_ON_HALT']], name).toEqual(['unless-stopped', 'wait']);
  }
});

it('downloads nothing when it starts: Grafana has its plugin from the build', async () => {
  const { grafana } = compose.services;
  expect(
    Object.keys(grafana!.environment!).filter((name) => /PREINSTALL(_SYNC|_ASYNC)?$/.test(name)),
  ).toEqual([]);
  const recipe = await readFile(path.join(ROOT, 'deploy/grafana/Dockerfile'), 'utf8');
  expect(recipe).toMatch(/plugins install grafana-clickhouse-datasource \d+\.\d+\.\d+/);
  expect(recipe).toContain(`FROM grafana/grafana:${grafana!.image!.split(':')[1]!}\n`);
});

it.skipIf(!hasProgram('promtool', 'Debian: apt-get install prometheus'))(
  'has Prometheus scrape every service of its own',
  async () => {
    const file = path.join(ROOT, 'deploy/prometheus/prometheus.yml');
    const result = spawnSync('promtool', ['check', 'config', file], { encoding: 'utf8' });
    expect(result.stderr).toBe('');
    expect(result.status).toBe(0);
    const { scrape_configs: jobs } = parse(await readFile(file, 'utf8')) as {
      scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    const scraped = jobs.flatMap((job) => job.dns_sd_configs);
    const running = ownServices(compose).filter(([name]) => name !== 'migrate');
    expect(scraped.flatMap(({ names }) => names)).toEqual(running.map(([name]) => name));
    for (const [name, { environment }] of running)
      expect(Number(environment!['BURNLINE_HTTP_PORT']), name).toBe(scraped[0]!.port);
  },
);

it('gives an analyst the same profile as the embedded engine', async () => {
  const users = await readFile(path.join(ROOT, 'deploy/clickhouse/users.xml'), 'utf8');
  const profile = /<analyst>([^]*?)<\/analyst>/.exec(users)![1]!;
  const valueOf = (name: string): string | undefined =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(profile.replace(/<constraints>[^]*/, ''))?.[1];
  const limits = { memoryBytes: 4e9, pipelineMaxExecutionSeconds: 600, analystMaxExecutionSeconds: 60 };
  // The Python table function is the embedded engine's alone.
  const embedded = [...sessionSettings('analyst', limits)].filter(
    ([name]) => !name.includes('python') && name !== 'max_query_size',
  );
  expect(embedded.length).toBeGreaterThan(10);
  for (const [name, value] of embedded) expect(valueOf(name), name).toBe(value);
  for (const name of LIMITED_SETTINGS)
    expect(profile, name).toMatch(new RegExp(`<${name}>\\s*<min>1</min>\\s*<max>${valueOf(name)!}</max>`));
  expect(users).toContain('<grants><query>GRANT SELECT ON burnline.*</query></grants>');
});

it('gets its secrets from a script that keeps those that are there', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'burnline-secrets-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const make = () =>
    spawnSync('sh', [path.join(ROOT, 'deploy/make-secrets.sh'), folder], { encoding: 'utf8' });
  const read = (name: string) => readFile(path.join(folder, name), 'utf8');
  expect(make()).toMatchObject({ status: 0, stderr: '' });
  const files = Object.values(compose.secrets).map(({ file }) => path.basename(file));
  // Of the intake's key the collector has the hash, of the reading one the console.
  const names = files.map((name) => name.replace(/_keys$/, '_key'));
  const passwords = await Promise.all(names.map(read));
  for (const password of passwords) expect(password).toMatch(/^[0-9a-f]{48}$/);
  expect(new Set(passwords).size).toBe(names.length);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const unlimited = { expiresMs: null, recordsPerSecond: null };
  const storedKey = async (name: string) => ({
    ...{ name: 'default', ...unlimited },
    sha256: createHash('sha256')
      .update(await read(name))
      .digest(),
  });
  expect(parseKeyFile(await read('intake_keys'), 'intake_keys')).toEqual([await storedKey('intake_key')]);
  expect(parseReadKeys(await read('read_keys'), 'read_keys')).toEqual([await storedKey('read_key')]);
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
