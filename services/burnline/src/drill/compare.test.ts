import { readFileSync } from 'node:fs';
import { loadSpecs } from '@burnline/specs';
import { PANE_MS_DEFAULT } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JudgedSlo, StoredDecision, StoredEvent, StoredPane } from '@burnline/queries';
import { compareEvents, delaysOf } from './compare-events.ts';
import { comparePanes } from './compare-panes.ts';
import { countSeries, ORDINARY, paneCounts, type CountedSeries } from './counted-series.ts';
import { detect } from './detection.ts';
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
  it('hold what the scenarios make: a third of each fault is bad', () => {
    for (const name of ['drill-availability', 'drill-ttft', 'drill-quality']) {
      const { counted, isOwn } = seriesOf(name);
      expect(isOwn).toBe(true);
      expect(counted.filter((one) => !one.isGood)).toHaveLength(events.length / 9);
    }
    // What failed has no first token, and no verdict.
    expect(seriesOf('drill-ttft').counted).toHaveLength((events.length * 8) / 9);
  });

  it('counts what is missing and what is too much, good and bad apart', () => {
    const series = seriesOf('drill-availability');
    const panes = panesOf(series);
    const given = { storedTimes: new Map<string, number>() };
    expect(comparePanes(series, ownCount(), { ...given, panes })).toMatchObject({ missing: 0, surplus: 0 });
    const turned = panes.map((pane, index) => (index === 1 ? { ...pane, good: pane.good + 1 } : pane));
    expect(comparePanes(series, ownCount(), { ...given, panes: turned })).toMatchObject({
      missing: 1,
      surplus: 1,
    });
    const less = panes.map((pane, index) =>
      index === 0 ? { ...pane, good: pane.good - 1, total: pane.total - 1 } : pane,
    );
    expect(comparePanes(series, ownCount(), { ...given, panes: less })).toMatchObject({
      missing: 1,
      surplus: 0,
    });
    // The first event was never acknowledged: whether it counts is open.
    expect(comparePanes(series, ownCount(new Set([0])), { ...given, panes: less })).toMatchObject({
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
    expect(comparePanes(series, ownCount(), { panes, storedTimes })).toMatchObject({
      missing: 0,
      surplus: 0,
    });
    expect(comparePanes(series, ownCount(), { panes, storedTimes: new Map() })).toMatchObject({
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
    expect(comparePanes(open!, ownCount(), { panes: [], storedTimes: new Map() })).toMatchObject({
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
  const own = ownCount().all();
  const firstBadMs = own.find((one) => one.event.isFaulty)!.madeAtMs;
  const lastBadMs = own.findLast((one) => one.event.isFaulty && one.event.scenario === 'outage')!.madeAtMs;
  const decision = (kind: StoredDecision['decision'], decidedAtMs: number): StoredDecision => ({
    alertKey: 'k',
    slo: series.slo.slo,
    labels: series.labels,
    tier: 'drill-burn',
    severity: 'SEV-2',
    decision: kind,
    decidedAtMs,
    deliveredAtMs: decidedAtMs + 40,
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
    expect(look([decision('fire', later)]).outcome).toBe('detected');
    const quality = seriesOf('drill-quality').counted.filter((one) => !one.isGood);
    const both = { ...series, counted: [...series.counted, ...quality] };
    expect(look([decision('fire', later)], [both]).outcome).toBe('not-detected');
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
