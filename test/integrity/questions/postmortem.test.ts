import type { Impact, IncidentDetail } from '@burnline/queries';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCli, runCliJson } from '../../support/burnline-cli.ts';
import {
  costOf,
  END_MS,
  governedEvents,
  replayGoverned,
  TURN_MS,
  userOf,
  type GovernedEvent,
  type GovernedHistory,
} from './governed-history.ts';
import { ratioSlo } from './ratio-slo.ts';

/**
 * Goal: of a provider that begins to fail, one incident; its draft has the begin that the file was made with, and counts events, users
 * and money as SQL over the raw rows and a recount of the file do.
 */
const SPECS = `apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: {}
${ratioSlo('availability', '0.99', `where: "status == 'ok'"`, `scope: "service == 'chat'", by: [region]`)}
${ratioSlo('ttft', '0.5', `where: "ttft_ms <= 800"`, `where: "has(ttft_ms)"`)}`;
const EVENTS: readonly GovernedEvent[] = governedEvents().map((event) =>
  event.atMs < TURN_MS ? { ...event, status: 'ok', ttft_ms: 200 } : event,
);

interface Drafted {
  readonly incident: IncidentDetail;
  readonly startedMs: number;
  readonly toDetectS: number;
  readonly range: { readonly fromMs: number; readonly toMs: number };
  readonly impact: Impact;
  readonly attributions: readonly {
    readonly slo: string;
    readonly found: { readonly values: readonly { readonly value: string }[] };
  }[];
  readonly changes: readonly { readonly what: string; readonly value: string }[];
}

let history: GovernedHistory;
let draft: Drafted;
let id: string;

beforeAll(async () => {
  history = await replayGoverned({ specs: SPECS, events: EVENTS });
  const { incidents } = await runCliJson<{ incidents: readonly { incident: string; slos: string[] }[] }>([
    ...['incidents', '--data-dir', history.dataDir],
  ]);
  expect(incidents.map(({ slos }) => slos)).toEqual([['availability']]);
  id = incidents[0]!.incident;
  draft = await runCliJson(['postmortem', id, '--data-dir', history.dataDir]);
}, 240_000);
afterAll(() => history.close());

const badIn = ({ fromMs, toMs }: Drafted['range']): readonly GovernedEvent[] =>
  EVENTS.filter(({ atMs, status }) => atMs >= fromMs && atMs < toMs && status !== 'ok');
const numberOf = ({ event_id: eventId }: GovernedEvent): number => Number(eventId.slice(-6));

describe('the draft of a postmortem', () => {
  it('begins where the file was made to fail, and measures from there', () => {
    expect(Math.abs(draft.startedMs - TURN_MS)).toBeLessThan(300_000);
    expect(draft.toDetectS).toBe((draft.incident.openedMs - draft.startedMs) / 1_000);
    expect(draft.range).toMatchObject({ fromMs: draft.startedMs });
    expect(draft.incident.toPageS).toBeNull();
    expect(draft.incident.openedMs).toBeLessThan(END_MS);
  });

  it('counts events, users, tenants and money as the file has them, and as SQL over raw rows does', async () => {
    const bad = badIn(draft.range);
    const users = bad.map((event) => userOf(numberOf(event)));
    const nano = bad.map((event) => Number(costOf(numberOf(event)) ?? '0') * 1e9 * (event.weight / 1_000));
    const { impact } = draft;
    expect(bad.length).toBeGreaterThan(50);
    expect(impact.events).toBeCloseTo(
      bad.reduce((sum, { weight }) => sum + weight / 1_000, 0),
      6,
    );
    expect(impact.users).toBe(new Set(users.filter((user) => user !== null)).size);
    expect(impact.eventsWithoutUser).toBe(users.filter((user) => user === null).length);
    expect(impact.tenants).toBe(3);
    expect(impact.costNanoUsd).toBeCloseTo(
      nano.reduce((sum, one) => sum + one, 0),
      0,
    );
    const second = (atMs: number): string => `toDateTime(${Math.floor(atMs / 1_000)}, 'UTC')`;
    const { stdout } = await runCli([
      ...['--json', 'query', '--data-dir', history.dataDir],
      `SELECT sum(round(sample_weight * 1000)) / 1000 AS events, uniqExact(user_hash) AS users
       FROM inference_events WHERE status != 'ok' AND occurred_at >= ${second(draft.range.fromMs)}
         AND occurred_at < ${second(draft.range.toMs)}`,
    ]);
    expect(stdout).toContain(String(impact.users));
    expect(stdout).toContain(String(impact.events));
    for (const { labels, bad: found } of impact.series)
      expect(found).toBeCloseTo(
        bad
          .filter(({ region }) => region === labels['region'])
          .reduce((sum, { weight }) => sum + weight / 1_000, 0),
        6,
      );
  });

  it('names the provider and what was new, asks what fits, and begins cases with the ids of bad events', async () => {
    expect(draft.attributions[0]!.found.values.map(({ value }) => value)).toContain('bedrock');
    expect(draft.changes.map(({ what, value }) => `${what} ${value}`)).toContain('model_served m-2');
    const { stdout } = await runCli(['postmortem', id, '--data-dir', history.dataDir]);
    for (const title of ['Timeline', 'Impact', 'What would have caught it faster', 'Action items'])
      expect(stdout).toContain(`## ${title}`);
    // Of a replay: nobody was to be told.
    expect(stdout).not.toContain('No receiver took a page of it');
    const { cases } = parse(/```yaml\n([^`]+)```/.exec(stdout)![1]!) as {
      readonly cases: readonly {
        readonly event_id: string;
        readonly observed: { readonly status: string };
      }[];
    };
    const bad = new Map(badIn(draft.range).map((event) => [event.event_id, event]));
    expect(cases).toHaveLength(20);
    expect(cases.map(({ event_id, observed }) => [event_id, observed.status])).toEqual(
      cases.map(({ event_id }) => [event_id, bad.get(event_id)?.status]),
    );
    expect(new Set(cases.map(({ event_id }) => event_id)).size).toBe(20);
  });

  it('lets nobody act on an incident of the past', async () => {
    const refused = await runCli(['incidents', 'ack', id, '--data-dir', history.dataDir]);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('which is over')]);
  });
});
