import { readFileSync } from 'node:fs';
import { loadSpecs } from '@burnline/specs';
import { PANE_MS_DEFAULT } from '@burnline/core';
import type { EntityTotal } from '@burnline/judging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JudgedSlo, StoredDecision, StoredEvent, StoredPane } from '@burnline/queries';
import { compareEvents, delaysOf } from './compare-events.ts';
import { comparePanes, panesBySeries } from './compare-panes.ts';
import { countSeries, ORDINARY, paneCounts, type CountedSeries } from './counted-series.ts';
import { detect, falseAlertsOf } from './detection.ts';
import { createDrillEvents } from './drill-events.ts';
import { OwnCount } from './own-count.ts';
import { leastRuleMs } from './rule-time.ts';
import { dueMs, eventCount, SCENARIOS, type Timeline } from './scenarios.ts';

const SPECS = new URL('../../../../examples/drill/slos.yaml', import.meta.url);
const TIMELINE: Timeline = { scenarios: SCENARIOS, phaseMs: 6_000, eventsPerSecond: 5 };
const START_MS = 1_700_000_003_000;

const { plans } = loadSpecs([{ file: 'slos.yaml', text: readFileSync(SPECS, 'utf8') }], { mode: 'strict' });
const slos: readonly JudgedSlo[] = plans.map(({ slo, sli, tiers, target }) => ({
  slo,
  specRev: sli.specRev,
  sli,
  tiers,
  target,
}));
const newEvent = createDrillEvents({ drillId: 'd', provider: 'p', seed: 1 }, TIMELINE);
const events = Array.from({ length: eventCount(TIMELINE) }, (_, index) =>
  newEvent(index, START_MS + dueMs(TIMELINE, index)),
);

/** All acknowledged, but for these. */
function ownCount(unacknowledged: ReadonlySet<number> = new Set()): OwnCount {
  const own = new OwnCount();
  for (const event of events) {
    own.add(event, Math.floor(event.record.occurred_at / 1_000));
    if (!unacknowledged.has(event.index)) own.acknowledge(event.id);
  }
  return own;
}

const stored: readonly StoredEvent[] = events.map(({ id, record }) => ({
  id,
  rows: 1,
  atMicros: record.occurred_at,
}));

function seriesOf(name: string): CountedSeries {
  const slo = slos.find((one) => one.slo === name)!;
  const [series] = countSeries(slo, events, [ORDINARY]);
  return series!;
}

function panesOf(series: CountedSeries): readonly StoredPane[] {
  return [...paneCounts(series.counted)].map(([paneMs, counts]) => ({
    slo: series.slo.slo,
    labels: series.labels,
    paneMs,
    ...counts,
  }));
}

const compare = (
  series: CountedSeries,
  own: OwnCount,
  given: {
    readonly panes: readonly StoredPane[];
    readonly storedTimes: ReadonlyMap<string, number>;
    readonly entities?: readonly EntityTotal[];
  },
) =>
  comparePanes(series, own, {
    ...given,
    panes: panesBySeries(given.panes),
    entities: new Map([[series.slo.slo, given.entities ?? []]]),
  });

describe('events of the database against the own count', () => {
  it('names exactly what is lost, doubled and foreign', () => {
    const places = fc.uniqueArray(fc.nat({ max: events.length - 1 }), { maxLength: 30 });
    fc.assert(
      fc.property(places, places, places, fc.nat({ max: 5 }), (gone, twice, unacknowledged, foreign) => {
        const isGone = new Set(gone);
        const isTwice = new Set(twice.filter((index) => !isGone.has(index)));
        const isUnknown = new Set(unacknowledged);
        const rows = stored
          .map((row, index) => ({ ...row, rows: isTwice.has(index) ? 2 : 1 }))
          .filter((_, index) => !isGone.has(index));
        const others = Array.from({ length: foreign }, (_, index) => ({
          id: `other-${index}`,
          rows: 1,
          atMicros: 0,
        }));
        const found = compareEvents(ownCount(isUnknown).all(), [...rows, ...others]);
        const idOf = (index: number): string => events[index]!.id;
        expect(new Set(found.lost)).toEqual(
          new Set([...isGone].filter((index) => !isUnknown.has(index)).map(idOf)),
        );
        expect(new Set(found.doubled)).toEqual(new Set([...isTwice].map(idOf)));
        expect(found.foreign).toHaveLength(foreign);
        expect(found).toMatchObject({ made: events.length, unacknowledged: isUnknown.size });
      }),
      { numRuns: 50 },
    );
  });

  it('tells when the log set times back', () => {
    const rows = stored.map((row, index) => (index === 3 ? { ...row, atMicros: row.atMicros - 2_500 } : row));
    expect(compareEvents(ownCount().all(), rows).clamped).toEqual({ count: 1, byMsMax: 2.5 });
  });

  it('takes percentiles by nearest rank', () => {
    expect(delaysOf(Array.from({ length: 200 }, (_, index) => 200 - index))).toEqual({
      p50: 100,
      p95: 190,
      p99: 198,
      max: 200,
    });
    expect(delaysOf([])).toBeNull();
  });
});

describe('panes against the own count', () => {
  it('hold what the scenarios make', () => {
    const fault = events.length / (3 * SCENARIOS.length);
    const badOf = (name: string): number => seriesOf(name).counted.filter((one) => !one.isGood).length;
    // An outage, and of a fallback the attempts at the provider that fails: not the requests.
    expect(badOf('drill-availability')).toBe(fault * 1.5);
    expect(badOf('drill-requests')).toBe(fault);
    expect(badOf('drill-degraded')).toBe(fault / 2);
    expect(badOf('drill-ttft')).toBe(fault);
    expect(badOf('drill-quality')).toBe(fault);
    for (const { slo } of slos) expect(seriesOf(slo).isOwn).toBe(true);
    // What failed has no first token, and what a fallback answered is another provider's.
    expect(seriesOf('drill-ttft').counted).toHaveLength(events.length - 2 * fault);
    expect(seriesOf('drill-requests').counted).toHaveLength(events.length - fault / 2);
  });

  it('have entities as one series, of which those are beyond their envelope that looped for long enough', () => {
    const { counted, entities, labels } = seriesOf('drill-task-cost');
    expect(labels).toEqual({});
    const costs = new Map<string, number>();
    for (const { record } of events)
      costs.set(record.task_id, (costs.get(record.task_id) ?? 0) + (record.cost_nano_usd ?? 0));
    const beyond = [...costs].flatMap(([task, cost]) => (cost > 250_000_000 ? [task] : []));
    expect(beyond).toEqual(['d/loop-0']);
    expect(entities!.filter((one) => one.isBeyond).map((one) => one.labels['task_id'])).toEqual(beyond);
    expect(entities!.map((one) => one.labels['task_id']).sort()).toEqual([...costs.keys()].sort());
    // Bad from the call on by which it crosses: 1,000 tokens, 2,000, ... 64,000 and what they answer.
    const bad = counted.filter((one) => !one.isGood);
    expect(bad[0]!.event.record.input_tokens).toBe(64_000);
    expect(bad.every(({ event }) => event.record.task_id === 'd/loop-0')).toBe(true);
  });

  it('are of entities what each was told and consumed', () => {
    const series = seriesOf('drill-task-cost');
    const entities = series.entities!.map(({ labels, counted }) => ({
      ...{ labels, events: counted.length },
      consumed: counted.reduce((sum, { event }) => sum + (event.record.cost_nano_usd ?? 0), 0),
    }));
    const given = { panes: [], storedTimes: new Map<string, number>(), entities };
    const nothing = { missing: 0, surplus: 0 };
    expect(compare(series, ownCount(), given)).toMatchObject({
      ...nothing,
      entities: { count: entities.length, beyond: 1, consumed: nothing },
    });
    // What one consumed too little does not make up for what another one did too much.
    const moved = entities.map((one, index) => {
      const by = index === 0 ? 7 : index === 9 ? -5 : 0;
      return { ...one, events: one.events + Math.sign(by), consumed: one.consumed + by };
    });
    expect(compare(series, ownCount(), { ...given, entities: moved })).toMatchObject({
      ...{ missing: 1, surplus: 1 },
      entities: { consumed: { missing: 5, surplus: 7 } },
    });
    const foreign = { labels: { task_id: 'd/another' }, events: 2, consumed: 3 };
    expect(compare(series, ownCount(), { ...given, entities: [...entities, foreign] })).toMatchObject({
      ...{ missing: 0, surplus: 2 },
      entities: { consumed: { missing: 0, surplus: 3 } },
    });
    const unacknowledged = ownCount(new Set(events.map(({ index }) => index)));
    expect(compare(series, unacknowledged, { ...given, entities: [] })).toMatchObject({
      ...nothing,
      entities: { consumed: nothing },
    });
  });

  it('counts what is missing and what is too much, good and bad apart', () => {
    const series = seriesOf('drill-availability');
    const panes = panesOf(series);
    const given = { storedTimes: new Map<string, number>() };
    expect(compare(series, ownCount(), { ...given, panes })).toMatchObject({ missing: 0, surplus: 0 });
    const turned = panes.map((pane, index) => (index === 1 ? { ...pane, good: pane.good + 1 } : pane));
    expect(compare(series, ownCount(), { ...given, panes: turned })).toMatchObject({
      missing: 1,
      surplus: 1,
    });
    const less = panes.map((pane, index) =>
      index === 0 ? { ...pane, good: pane.good - 1, total: pane.total - 1 } : pane,
    );
    expect(compare(series, ownCount(), { ...given, panes: less })).toMatchObject({
      missing: 1,
      surplus: 0,
    });
    // The first event was never acknowledged: whether it counts is open.
    expect(compare(series, ownCount(new Set([0])), { ...given, panes: less })).toMatchObject({
      missing: 0,
      surplus: 0,
    });
  });

  it('follows an event that the log set back over the edge of a pane', () => {
    const series = seriesOf('drill-availability');
    const first = series.counted.find(({ atMs }) => atMs % PANE_MS_DEFAULT < 200 && atMs > START_MS + 5_000)!;
    const storedTimes = new Map([[first.event.id, first.atMs - 1_000]]);
    const moved = series.counted.map((one) => (one === first ? { ...one, atMs: one.atMs - 1_000 } : one));
    const panes = panesOf({ ...series, counted: moved });
    expect(compare(series, ownCount(), { panes, storedTimes })).toMatchObject({
      missing: 0,
      surplus: 0,
    });
    expect(compare(series, ownCount(), { panes, storedTimes: new Map() })).toMatchObject({
      missing: 1,
      surplus: 1,
    });
  });

  it('compares nothing where other traffic counts in the series', () => {
    const slo = slos.find((one) => one.slo === 'drill-availability')!;
    const everything = {
      ...slo,
      sli: { ...slo.sli, scope: null, groupBy: { dimensions: [], seriesCountMax: 1 } },
    };
    const [open] = countSeries(everything, events, [ORDINARY]);
    expect(compare(open!, ownCount(), { panes: [], storedTimes: new Map() })).toMatchObject({
      isComparable: false,
      missing: 0,
    });
    const byProvider = { ...everything.sli, groupBy: { dimensions: ['provider'], seriesCountMax: 9 } };
    const grouped = { ...everything, sli: byProvider };
    expect(countSeries(grouped, events, [ORDINARY])[0]!.isOwn).toBe(true);
    const sameProvider = { ...ORDINARY, isSameProvider: true };
    expect(countSeries(grouped, events, [ORDINARY, sameProvider])[0]!.isOwn).toBe(false);
  });
});

describe('detection', () => {
  const series = seriesOf('drill-availability');
  const requests = seriesOf('drill-requests');
  const own = ownCount().all();
  const firstBadMs = own.find((one) => one.event.isFaulty)!.madeAtMs;
  const lastBadMs = own.findLast((one) => one.event.isFaulty && one.event.scenario === 'outage')!.madeAtMs;
  const decision = (
    kind: StoredDecision['decision'],
    decidedAtMs: number,
    { slo, labels } = series,
  ): StoredDecision => ({
    alertKey: slo.slo,
    slo: slo.slo,
    labels,
    tier: 'drill-burn',
    severity: 'SEV-2',
    decision: kind,
    decidedAtMs,
    attribution: [],
    notices: [{ receiver: 'oncall', outcome: 'delivered', attempts: 1, finishedAtMs: decidedAtMs + 40 }],
  });
  const look = (decisions: readonly StoredDecision[], among = [series]) =>
    detect('outage', { own, series: among, decisions });

  it('is the time from the first bad event to the decision, to its delivery, and to the end', () => {
    const found = look([decision('fire', firstBadMs + 3_000), decision('resolve', lastBadMs + 65_000)]);
    expect(found).toMatchObject({ outcome: 'detected', firingBefore: [], notTold: [] });
    expect(found.alerts).toMatchObject([
      { firedAfterMs: 3_000, deliveredAfterMs: 3_040, resolvedAfterMs: 65_000 },
    ]);
  });

  it('is not fooled by alerts of before, of other series, or of series that hold other traffic', () => {
    const before = look([decision('fire', firstBadMs - 1)]);
    expect(before).toMatchObject({ outcome: 'not-detected', firingBefore: [series.slo.slo] });
    const other = { ...decision('fire', firstBadMs + 1), labels: { ...series.labels, provider: 'real' } };
    expect(look([other]).outcome).toBe('not-detected');
    const shared = look([decision('fire', firstBadMs + 1)], [{ ...series, isOwn: false }]);
    expect(shared).toMatchObject({ outcome: 'cannot-be-told-apart', alerts: [] });
    expect(look([], [seriesOf('drill-ttft')]).outcome).toBe('not-covered');
  });

  it('takes a late alert for that of the last fault that its series shows', () => {
    const later = own.find((one) => one.event.isFaulty && one.event.scenario === 'quality')!.madeAtMs + 1;
    const late = decision('fire', later, requests);
    expect(look([late], [requests]).outcome).toBe('detected');
    const quality = seriesOf('drill-quality').counted.filter((one) => !one.isGood);
    const both = { ...requests, counted: [...requests.counted, ...quality] };
    expect(look([late], [both]).outcome).toBe('not-detected');
  });

  it('says of every SLO what a fault did to it: of a fallback attempts fail, and requests do not', () => {
    const fallback = own.find((one) => one.event.isFaulty && one.event.scenario === 'fallback')!.madeAtMs;
    const among = slos.flatMap((slo) => countSeries(slo, events, [ORDINARY]));
    const found = detect('fallback', { own, series: among, decisions: [decision('fire', fallback + 1)] });
    expect(found.outcome).toBe('detected');
    expect(
      found.counts.map(({ slo, labels, bad, total, isAlerted }) => [
        ...[slo, labels['provider'] ?? '', `${bad} of ${total}`, isAlerted],
      ]),
    ).toEqual([
      ['drill-availability', 'p', '15 of 15', true],
      ['drill-availability', 'p-fallback', '0 of 15', false],
      ['drill-requests', '', '0 of 15', false],
      ['drill-degraded', '', '15 of 15', false],
      ['drill-ttft', 'p-fallback', '0 of 15', false],
      ['drill-quality', 'p-fallback', '0 of 15', false],
      ['drill-task-cost', '', '0 of 8', false],
    ]);
  });

  it('takes an alert of entities for its own by whom it names, since all drills have one', () => {
    const tasks = seriesOf('drill-task-cost');
    const first = own.find((one) => one.event.isFaulty && one.event.scenario === 'runaway')!.madeAtMs;
    const fire = (value: string): StoredDecision => ({
      ...decision('fire', first + 5_000, tasks),
      tier: 'runaway',
      attribution: [{ dimension: 'task_id', value, bad: 1, total: 1, consumed: 3e8, allowed: 2.5e8 }],
    });
    const lookAt = (one: StoredDecision) => detect('runaway', { own, series: [tasks], decisions: [one] });
    expect(lookAt(fire('another-drill/loop-0')).outcome).toBe('not-detected');
    const crossed = tasks.counted.find(({ isGood }) => !isGood)!.atMs;
    expect(lookAt(fire('d/loop-0'))).toMatchObject({
      outcome: 'detected',
      alerts: [{ firedAfterMs: 5_000, ruleMs: crossed - first }],
      counts: [{ unit: 'entity', bad: 1 }],
    });
  });

  it('names alerts for which nothing was bad by then', () => {
    const among = { own, series: [series, requests], decisions: [decision('fire', firstBadMs - 1)] };
    expect(falseAlertsOf(among, START_MS)).toMatchObject([{ slo: 'drill-availability', tier: 'drill-burn' }]);
    expect(falseAlertsOf({ ...among, decisions: [decision('fire', firstBadMs + 1)] }, START_MS)).toEqual([]);
    expect(falseAlertsOf(among, firstBadMs)).toEqual([]);
    expect(falseAlertsOf({ ...among, series: [{ ...series, isOwn: false }] }, START_MS)).toEqual([]);
  });

  it('knows what the rule needs at least: the first event at which both windows burn', () => {
    const tier = series.slo.tiers[0]!;
    const { counted } = series;
    // Naively: the first bad event at which bad / total >= 2 % in both windows, cut at the pane.
    const first = counted.find(({ atMs, isGood }, index) => {
      const burns = [tier.longWindowMs, tier.shortWindowMs].every((lengthMs) => {
        const edge = Math.floor((atMs - lengthMs) / PANE_MS_DEFAULT) * PANE_MS_DEFAULT;
        const inside = counted.slice(0, index + 1).filter((one) => one.atMs >= edge);
        return inside.filter((one) => !one.isGood).length * 50 >= inside.length;
      });
      return !isGood && burns;
    })!;
    expect(leastRuleMs(series, tier, firstBadMs)).toBe(first.atMs - firstBadMs);
    expect(leastRuleMs(series, { ...tier, holdMs: 60_000 }, firstBadMs)).toBe(
      first.atMs - firstBadMs + 60_000,
    );
    const unreachable = { ...tier, factor: { numerator: 100, denominator: 1 } };
    expect(leastRuleMs(series, unreachable, firstBadMs)).toBeNull();
    const derivation = {
      kind: 'timeslices',
      sliceMs: 300_000,
      target: { numerator: 9, denominator: 10 },
    } as const;
    const sliced = { ...series, slo: { ...series.slo, sli: { ...series.slo.sli, derivation } } };
    expect(leastRuleMs(sliced, tier, firstBadMs)).toBeNull();
  });
});
