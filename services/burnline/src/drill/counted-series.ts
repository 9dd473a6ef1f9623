import { evaluatePredicate, valueReader, PANE_MS_DEFAULT, type Envelope, type SliPlan } from '@burnline/core';
import type { ForeignKind, JudgedSlo } from '@burnline/queries';
import type { DrillEvent } from './drill-events.ts';
import { EntityCount } from './entity-count.ts';
import type { Scenario } from './scenarios.ts';

/** One event (or verdict) as an SLO counts it. */
export interface Counted {
  readonly event: DrillEvent;
  readonly atMs: number;
  readonly isGood: boolean;
}

/** An event as one of an entity. */
interface CountedStep extends Counted {
  /** What the entity consumed by it, in the unit of what the SLO counts. */
  readonly units: number;
}

/** A task, a session, or whatever else an SLO holds against an envelope. */
export interface CountedEntity {
  /** The fields that name it, and their values. */
  readonly labels: Readonly<Record<string, string>>;
  readonly counted: readonly CountedStep[];
  /** By the last of its events. */
  readonly isBeyond: boolean;
}

/** What one series of an SLO must have counted of a drill. */
export interface CountedSeries {
  readonly slo: JudgedSlo;
  readonly labels: Readonly<Record<string, string>>;
  /** Of entities in the order of events, each good as long as its entity is within its envelope. */
  readonly counted: readonly Counted[];
  /** Null: the SLO is of events. Entities of one SLO are one series. */
  readonly entities: readonly CountedEntity[] | null;
  /** Whether no other traffic that was seen counts here: only then can its figures be compared. */
  readonly isOwn: boolean;
}

/** Ordinary traffic, whether or not any is there. */
export const ORDINARY: ForeignKind = {
  isSameService: false,
  isSameEnvironment: false,
  isSameProvider: false,
};

type JudgedRecord = Readonly<Record<string, unknown>>;

/**
 * Counts a drill's events for an SLO, by the readable form of its predicates: the stream's own counters are not asked.
 * Gives the series that the drill's events fall into, each with what it must hold; none if the SLO does not cover them.
 */
export function countSeries(
  slo: JudgedSlo,
  events: readonly DrillEvent[],
  foreign: readonly ForeignKind[],
): readonly CountedSeries[] {
  const groups = groupsOf(slo.sli, events);
  const samples = new Map(events.map((event) => [sampleKey(event), event]));
  const reached = new Set(
    foreign.flatMap((kind) => [...samples.values()].flatMap((event) => seriesReached(slo.sli, event, kind))),
  );
  const { derivation } = slo.sli;
  if (derivation?.kind !== 'envelope')
    return [...groups].map(([key, { labels, rows }]) => ({
      ...{ slo, labels, counted: rows, entities: null, isOwn: !reached.has(key) },
    }));
  if (groups.size === 0) return [];
  const own = [...groups.values()].map(({ labels, rows }) => countEntity(derivation, labels, rows));
  return [
    {
      ...{ slo, labels: {}, entities: own.map(({ entity }) => entity) },
      counted: own.flatMap(({ states }) => states).sort((a, b) => a.event.index - b.event.index),
      isOwn: ![...groups.keys()].some((key) => reached.has(key)),
    },
  ];
}

/** Events of one key are alike in what predicates and groups look at. */
const sampleKey = ({ scenario, isFaulty, record }: DrillEvent): string =>
  [scenario, isFaulty, record.status, record.provider].join('|');

interface CountedRecord extends Counted {
  readonly record: JudgedRecord;
}

/** What counts of a drill's events, by group. */
function groupsOf(
  sli: SliPlan,
  events: readonly DrillEvent[],
): ReadonlyMap<string, { readonly labels: Record<string, string>; readonly rows: readonly CountedRecord[] }> {
  const groups = new Map<string, { labels: Record<string, string>; rows: CountedRecord[] }>();
  for (const event of events)
    for (const record of recordsOf(sli, event.record as unknown as JudgedRecord)) {
      if (!isCounted(sli, record)) continue;
      const labels = labelsOf(sli, record);
      const key = JSON.stringify(labels);
      const group = groups.get(key) ?? { labels, rows: [] };
      groups.set(key, group);
      const atMs = Math.floor(event.record.occurred_at / 1_000);
      group.rows.push({ event, record, atMs, isGood: isGood(sli, record) });
    }
  return groups;
}

/** The entity, and its state by each of its events. */
function countEntity(
  envelope: Envelope,
  labels: Readonly<Record<string, string>>,
  rows: readonly CountedRecord[],
): { readonly entity: CountedEntity; readonly states: readonly Counted[] } {
  const count = new EntityCount(envelope);
  const counted: CountedStep[] = [];
  const states: Counted[] = [];
  for (const { record, ...row } of rows) {
    counted.push({ ...row, units: count.add(record) });
    states.push({ ...row, isGood: !count.isBeyond });
  }
  return { entity: { labels, counted, isBeyond: count.isBeyond }, states };
}

/** Good and total by pane, the pane's start in epoch ms. */
export function paneCounts(
  counted: readonly Counted[],
): ReadonlyMap<number, { readonly good: number; readonly total: number }> {
  const panes = new Map<number, { good: number; total: number }>();
  for (const { atMs, isGood: good } of counted) {
    const pane = Math.floor(atMs / PANE_MS_DEFAULT) * PANE_MS_DEFAULT;
    const sum = panes.get(pane) ?? { good: 0, total: 0 };
    panes.set(pane, { good: sum.good + Number(good), total: sum.total + 1 });
  }
  return panes;
}

/** Whether an SLO has something to say of a scenario: an event of its fault is bad here. */
export function showsFault(series: CountedSeries, scenario: Scenario): boolean {
  return series.counted.some(({ event, isGood: good }) => isFaultOf(event, scenario) && !good);
}

export function isFaultOf(event: DrillEvent, scenario: Scenario): boolean {
  return event.isFaulty && event.scenario === scenario;
}

/** Series that a foreign event like this one would count in: whatever is not the same is something that no drill has. */
function seriesReached(sli: SliPlan, { record }: DrillEvent, kind: ForeignKind): readonly string[] {
  const foreign = {
    ...record,
    attributes: {},
    // Its own ids have the drill's in them.
    ...{ request_id: 'another-request', task_id: 'another-task' },
    service: kind.isSameService ? record.service : 'another-service',
    environment: kind.isSameEnvironment ? record.environment : 'another-environment',
    provider: kind.isSameProvider ? record.provider : 'another-provider',
  };
  return recordsOf(sli, foreign).flatMap((one) =>
    isInScope(sli, one) ? [JSON.stringify(labelsOf(sli, one))] : [],
  );
}

/** The event, or the verdicts that it carries: they count at its time and have its dimensions. */
function recordsOf(sli: SliPlan, record: JudgedRecord): readonly JudgedRecord[] {
  if (sli.stream === 'inference') return [record];
  const verdicts = record['verdicts'] as readonly JudgedRecord[];
  return verdicts.map((verdict) => ({ ...record, ...verdict }));
}

function isInScope(sli: SliPlan, record: JudgedRecord): boolean {
  return sli.scope === null || evaluatePredicate(sli.scope, record);
}

function isCounted(sli: SliPlan, record: JudgedRecord): boolean {
  return isInScope(sli, record) && (sli.total === null || evaluatePredicate(sli.total, record));
}

function isGood(sli: SliPlan, record: JudgedRecord): boolean {
  const holds = evaluatePredicate(sli.verdict.where, record);
  return sli.verdict.kind === 'good' ? holds : !holds;
}

function labelsOf(sli: SliPlan, record: JudgedRecord): Record<string, string> {
  return Object.fromEntries(
    sli.groupBy.dimensions.map((dimension) => [dimension, labelText(valueReader(dimension)(record))]),
  );
}

function labelText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}
