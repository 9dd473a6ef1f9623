import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../delivery/model/random.ts';
import type { RunningCli } from '../support/burnline-cli.ts';
import { postRecords, sqlRows, startReadyUp, type Ready } from '../support/embedded-up.ts';
import { drawHistory, type DrawnHistory } from '../support/every-kind/history.ts';
import { recountEveryKind } from '../support/every-kind/recount.ts';
import { EVERY_KIND, everyKindSpecs } from '../support/every-kind/specs.ts';

/**
 * Goal: every kind of SLI is right in a live stream where figures are thin, one-sided or out of time: nothing at all, one event, nothing
 * that succeeds, a clock an hour behind and an hour ahead, and an SLO that changes while its window runs.
 *
 * Method: services of one `burnline up`, each with SLOs of every kind; the events that were sent are recounted at the times that their raw
 * rows have, which are those that were sent but where a clock is ahead: those are the times of arrival.
 */
const SEED = Number(process.env['BURNLINE_SEED'] ?? Date.now() % 100_000);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const AGREE_MS = 120_000;
const TIMEOUT_MS = 240_000;

type Figures = Readonly<Record<string, readonly [good: number, total: number]>>;
interface Service {
  readonly name: string;
  readonly history: DrawnHistory;
  /** SLOs that see part of the events, before they are changed. */
  readonly firstScope?: string;
}

const nowMs = Date.now();
const drawn = (number: number, shape: Partial<Parameters<typeof drawHistory>[1]>, name: string): Service => ({
  name,
  history: drawHistory(new Random(SEED + number), {
    ...{ service: name, startMs: nowMs - 5 * HOUR_MS, count: 120, spacingMs: 4 * MINUTE_MS },
    ...{ silenceMs: 10 * MINUTE_MS, lateMs: 30 * MINUTE_MS, firstId: number * 10_000, ...shape },
  }),
});
const QUIET: Service = { name: 'quiet', history: { answers: [], verdicts: [], records: [] } };
const SINGLE = drawn(1, { count: 1, startMs: nowMs - 20 * MINUTE_MS }, 'single');
const FAILING = drawn(2, { isAllBad: true }, 'failing');
const BEHIND = drawn(3, { startMs: nowMs - 6 * HOUR_MS }, 'behind');
const AHEAD = drawn(4, { startMs: nowMs + 50 * MINUTE_MS, spacingMs: MINUTE_MS / 3 }, 'ahead');
const CHANGED = {
  ...drawn(5, {}, 'changed'),
  firstScope: "service == 'changed' && model_requested == 'm'",
};
const SERVICES = [QUIET, SINGLE, FAILING, BEHIND, AHEAD, CHANGED];

const specsOf = (scopeOf: (service: Service) => string): string =>
  SERVICES.map((service) => everyKindSpecs(service.name, scopeOf(service))).join('\n---');

let root: string;
let specs: string;
let running: RunningCli;
let ready: Ready;

async function start(): Promise<void> {
  const dataDir = path.join(root, 'data');
  ({ running, ready } = await startReadyUp({ specs, dataDir }, '--no-console'));
}

const joined = (one: DrawnHistory, other: DrawnHistory): DrawnHistory => ({
  answers: [...one.answers, ...other.answers],
  verdicts: [...one.verdicts, ...other.verdicts],
  records: [...one.records, ...other.records],
});

async function send({ history }: Service, part: (index: number) => boolean = () => true): Promise<void> {
  const bodies = (kind: 'event' | 'verdict'): readonly object[] =>
    history.records.filter((record, index) => record.kind === kind && part(index)).map(({ body }) => body);
  await postRecords(`${ready.intake}/v1/events`, bodies('event'));
  await postRecords(`${ready.intake}/v1/verdicts`, bodies('verdict'));
}

/** What came of a service, at the times that its raw rows have. */
async function cameOf({ name, history }: Service): Promise<Pick<DrawnHistory, 'answers' | 'verdicts'>> {
  const timesOf = async (table: string, column: string): Promise<ReadonlyMap<string, number>> => {
    const rows = await sqlRows<{ id: string; at_ms: number }>(
      ready.sql,
      `SELECT toString(event_id) AS id, toUnixTimestamp64Milli(${column}) AS at_ms FROM ${table} WHERE service = '${name}' AND NOT is_repeat`,
    );
    return new Map(rows.map(({ id, at_ms: atMs }) => [id, atMs]));
  };
  const at = <One extends { readonly id: string; readonly atMs: number }>(
    all: readonly One[],
    times: ReadonlyMap<string, number>,
  ): readonly One[] =>
    all.flatMap((one) => {
      const atMs = times.get(one.id);
      return atMs === undefined ? [] : [{ ...one, atMs, seenMs: 0 }];
    });
  return {
    answers: at(history.answers, await timesOf('inferences', 'occurred_at')),
    verdicts: at(history.verdicts, await timesOf('eval_verdicts', 'inference_at')),
  };
}

async function judgedOf({ name }: Service): Promise<Figures> {
  const rows = await sqlRows<{ slo: string; good: number; total: number }>(
    ready.sql,
    `SELECT slo, good, total FROM slo_status WHERE stream = 'live' AND service = '${name}' AND total > 0`,
  );
  return Object.fromEntries(rows.map((row) => [row.slo.replace(/-[a-z]+$/, ''), [row.good, row.total]]));
}

const recounted = (came: Pick<DrawnHistory, 'answers' | 'verdicts'>): Figures => {
  const atMs = Date.now();
  const figures = came.answers.length === 0 ? {} : recountEveryKind(came, { atMs, seenMs: atMs });
  return Object.fromEntries(Object.entries(figures).filter(([, [, total]]) => total > 0));
};

/** Waits until what is judged is what a recount of all that was sent, or of a part of it, finds; resolves with it. */
async function agreed(
  service: Service,
  sees: (one: { readonly model: 'm' | 'n' }) => boolean = () => true,
): Promise<Figures> {
  const sent = new Set(service.history.answers.map(({ id }) => id)).size;
  const endMs = Date.now() + AGREE_MS;
  for (;;) {
    const came = await cameOf(service);
    const wanted = recounted({ answers: came.answers.filter(sees), verdicts: came.verdicts.filter(sees) });
    const found = await judgedOf(service);
    const isAll = came.answers.length === sent && came.verdicts.length === service.history.verdicts.length;
    if (isAll && JSON.stringify(sorted(found)) === JSON.stringify(sorted(wanted))) return found;
    if (Date.now() > endMs) {
      expect(came.answers.length).toBe(sent);
      expect(sorted(found), service.name).toEqual(sorted(wanted));
    }
    await sleep(500);
  }
}
const sorted = (figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).sort(([left], [right]) => left.localeCompare(right)));

describe('every kind, live', () => {
  beforeAll(async () => {
    console.log(`history seed ${SEED} (BURNLINE_SEED)`);
    root = await mkdtemp(path.join(tmpdir(), 'burnline-kinds-live-'));
    specs = path.join(root, 'slos.yaml');
    await writeFile(
      specs,
      specsOf(({ name, firstScope }) => firstScope ?? `service == '${name}'`),
    );
    await start();
    for (const service of SERVICES) await send(service, (index) => service !== CHANGED || index % 2 === 0);
  }, TIMEOUT_MS);
  afterAll(async () => {
    running.child.kill('SIGTERM');
    await Promise.race([running.ended, sleep(20_000)]);
    running.killAll();
    await rm(root, { recursive: true, force: true });
  });

  it('is without figures where nothing happens', { timeout: TIMEOUT_MS }, async () => {
    expect(await agreed(QUIET)).toEqual({});
  });

  it('is right of one event', { timeout: TIMEOUT_MS }, async () => {
    const figures = await agreed(SINGLE);
    expect(Object.keys(figures)).toEqual(
      expect.arrayContaining(['answered', 'fast', 'observed', 'requests']),
    );
  });

  it('has nothing good where nothing succeeds', { timeout: TIMEOUT_MS }, async () => {
    const figures = await agreed(FAILING);
    for (const kind of [
      'answered',
      'weighed',
      'fast',
      'done',
      'spend',
      'observed',
      'shares',
      'error',
      'score',
      'calibrated',
      'tokens',
    ])
      expect(figures[kind]?.[0], kind).toBe(0);
    expect(Object.keys(figures).sort()).toEqual(EVERY_KIND.map(({ name }) => name).sort());
  });

  it('is right by a clock an hour behind', { timeout: TIMEOUT_MS }, async () => {
    const came = await cameOf(BEHIND);
    const sentAt = new Map(BEHIND.history.answers.map(({ id, atMs }) => [id, atMs]));
    expect(came.answers.filter(({ id, atMs }) => sentAt.get(id) !== atMs)).toEqual([]);
    expect(Object.keys(await agreed(BEHIND)).length).toBe(EVERY_KIND.length);
  });

  it('counts what a clock ahead says as it comes', { timeout: TIMEOUT_MS }, async () => {
    const figures = await agreed(AHEAD);
    const { answers } = await cameOf(AHEAD);
    expect(Math.max(...answers.map(({ atMs }) => atMs))).toBeLessThanOrEqual(Date.now());
    expect(figures['answered']?.[1]).toBeGreaterThan(100);
  });

  it('is counted anew from the raw rows where its SLO changes', { timeout: TIMEOUT_MS }, async () => {
    await writeFile(
      specs,
      specsOf(({ name }) => `service == '${name}'`),
    );
    await send(CHANGED, (index) => index % 2 === 1);
    expect(Object.keys(await agreed(CHANGED)).length).toBe(EVERY_KIND.length);
  });

  it('is what it was after kill -9 and a start again', { timeout: TIMEOUT_MS }, async () => {
    running.killAll();
    await running.ended;
    await start();
    for (const service of SERVICES) await agreed(service);
    await send(BEHIND);
    const more = drawn(6, { count: 20, startMs: Date.now() - 2 * HOUR_MS }, 'behind');
    await send(more);
    await agreed({ name: 'behind', history: joined(BEHIND.history, more.history) });
  });
});
