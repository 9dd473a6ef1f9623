import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeKey } from '@burnline/collector';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RunningIntake } from '../../../attack/support/running-intake.ts';
import { freePort } from '../../../support/kafka/ports.ts';
import {
  canBuildOtelCollector,
  startOtelCollector,
  type RunningOtelCollector,
} from '../../../support/otel-collector.ts';
import { attributesOf, evaluationOf, logsRequestOf } from '../otlp-sample.ts';

/**
 * Goal: a real OpenTelemetry Collector, configured as the example says, brings what services send it, also what came while the intake
 * was away: the same events as without it, each once.
 */
const CONFIG = new URL('../../../../examples/otel-collector/config.yaml', import.meta.url).pathname;
const FIXTURES = new URL('fixtures/', import.meta.url);
const JSON_TYPE = { 'content-type': 'application/json' };
const DEADLINE = { timeout: 90_000, interval: 200 };

type Event = Readonly<Record<string, unknown>>;
interface Export {
  readonly resourceSpans: readonly { readonly resource: { readonly attributes: readonly object[] } }[];
}

const byId = (events: readonly Event[]): readonly Event[] =>
  [...events].sort((a, b) => (String(a['event_id']) < String(b['event_id']) ? -1 : 1));

describe.skipIf(!canBuildOtelCollector())('an OpenTelemetry Collector', () => {
  const closing: (() => Promise<unknown>)[] = [];
  let direct: RunningIntake;
  let behind: RunningIntake;
  let collector: RunningOtelCollector;
  let bodies: readonly string[];
  let startIntake: () => Promise<RunningIntake>;

  beforeAll(async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'burnline-otel-collector-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const { key, line } = makeKey('collector');
    const keysFile = path.join(folder, 'keys');
    await writeFile(keysFile, `${line}\n`);
    const port = await freePort();
    startIntake = () => RunningIntake.start({ partitionCount: 1, address: { port, keysFile } });
    collector = await startOtelCollector(CONFIG, {
      BURNLINE_URL: `http://127.0.0.1:${port}`,
      BURNLINE_KEY: key,
    });
    closing.push(() => collector.stop());
    direct = await RunningIntake.start({ partitionCount: 1 });
    closing.push(() => direct.stop());
    bodies = await exportsOfClients();
  }, 1_500_000);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  const send = (route: string, body: string): Promise<Response> =>
    fetch(collector.url + route, { method: 'POST', body, headers: JSON_TYPE });

  it('keeps what came while the intake was away, and brings the events that it would have got', async () => {
    for (const body of bodies) {
      expect((await send('/v1/traces', body)).status).toBe(200);
      expect((await direct.post('/v1/traces', body)).status).toBe(200);
    }
    behind = await startIntake();
    closing.push(() => behind.stop());
    const expected = byId(await direct.records('inference'));
    expect(expected.length).toBeGreaterThan(100);
    await vi.waitFor(async () => {
      expect(await behind.count('inference')).toBeGreaterThanOrEqual(expected.length);
    }, DEADLINE);
    expect(byId(await behind.records('inference'))).toEqual(expected);
  }, 120_000);

  it('brings evaluations, which are log records', async () => {
    const body = JSON.stringify(logsRequestOf([evaluationOf(1)]));
    expect((await send('/v1/logs', body)).status).toBe(200);
    await vi.waitFor(async () => {
      expect(await behind.count('references')).toBe(1);
    }, DEADLINE);
  });
});

/**
 * What real clients sent, each from a process of its own: some were captured at the same time, of providers that number their answers
 * alike, and a Collector puts them into one request.
 */
async function exportsOfClients(): Promise<readonly string[]> {
  const names = (await readdir(FIXTURES)).filter((name) => !name.endsWith('.events.json')).sort();
  const fixtures = await Promise.all(
    names.map(async (name) => {
      const { requests } = JSON.parse(await readFile(new URL(name, FIXTURES), 'utf8')) as {
        readonly requests: readonly { readonly json: Export }[];
      };
      return requests.map(({ json }) => ofProcess(json, name.split('.')[0]!));
    }),
  );
  return fixtures.flat().map((body) => JSON.stringify(body));
}

function ofProcess({ resourceSpans }: Export, instance: string): Export {
  const own = attributesOf({ 'service.instance.id': instance });
  return {
    resourceSpans: resourceSpans.map((spans) => ({
      ...spans,
      resource: { ...spans.resource, attributes: [...spans.resource.attributes, ...own] },
    })),
  };
}
