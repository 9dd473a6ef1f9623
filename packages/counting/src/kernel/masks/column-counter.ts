import type { PaneRow } from '../../counting/pane-row.ts';
import { COLUMN_LENGTH, type ColumnTable } from '../columns.ts';
import { PANES_AT_HAND, type CountedEvent, type FindRow } from '../counted-event.ts';
import type { PlacedSli } from '../generate-count.ts';
import { numberGroups, type GroupSources } from '../group-columns.ts';
import {
  CountingPlan,
  type Buckets,
  type Groups,
  type NumberColumns,
  type PlanedSli,
} from './counting-plan.ts';
import { MASK_WORDS, bitCount, listEvents } from './event-masks.ts';
import type { EventPlanes } from './event-planes.ts';
import type { MessagePanes } from './message-panes.ts';
import { addToRowBucket, addToRowSums, addValues, fillBuckets } from './row-values.ts';

/**
 * Counts a message SLI by SLI: which events count, and which are good, are sets of events (see EventPlanes), whose sizes are
 * added to rows at once. Values and groups are taken up in the order of the events, as they are one by one.
 */
export class ColumnCounter {
  readonly #planes: EventPlanes;
  readonly #panes: MessagePanes;
  readonly #slis: readonly PlanedSli[];
  readonly #buckets: readonly Buckets[];
  readonly #groups: readonly Groups[];
  readonly #findRow: FindRow;
  /** Indexes of the events that are looked at. */
  readonly #listed = new Uint8Array(COLUMN_LENGTH);
  /** Of those, the good ones. */
  readonly #goodListed = new Uint8Array(COLUMN_LENGTH);
  /** Rows of those. */
  readonly #rows: PaneRow[] = [];

  constructor(parts: {
    readonly slis: readonly PlacedSli[];
    readonly columns: ColumnTable;
    readonly planes: EventPlanes;
    readonly panes: MessagePanes;
    readonly groups: GroupSources;
    readonly findRow: FindRow;
  }) {
    const plan = new CountingPlan(parts.columns, parts.groups);
    this.#planes = parts.planes;
    this.#panes = parts.panes;
    this.#findRow = parts.findRow;
    this.#slis = parts.slis.map((placed, sliIndex) => plan.planed(placed, sliIndex, parts.planes.places));
    this.#buckets = plan.buckets;
    this.#groups = plan.groups;
  }

  /** `event` gives the chunk and the rows at hand; its index and pane are set here. */
  count(count: number, columns: NumberColumns, event: CountedEvent): void {
    this.#planes.fill(count, columns);
    for (const buckets of this.#buckets) fillBuckets(buckets, columns, count);
    const listed = { listed: this.#listed, count: this.#list(this.#panes.live, 0) };
    for (const { source, ofEvents } of this.#groups) numberGroups(source, columns, listed, ofEvents);
    for (const sli of this.#slis) {
      if (sli.groups === null) this.#countSli(sli, columns, event);
      else this.#countGroups(sli, sli.groups, columns, event);
    }
  }

  /** Lists the events of a set. */
  #list(masks: Int32Array, at: number): number {
    let length = 0;
    for (let word = 0; word < MASK_WORDS; word += 1) {
      length = listEvents(masks[at + word] ?? 0, word, this.#listed, length);
    }
    return length;
  }

  #countSli(sli: PlanedSli, columns: NumberColumns, event: CountedEvent): void {
    let paneAt = 0;
    for (const pane of this.#panes.panes) {
      event.pane = pane;
      this.#countPane(sli, paneAt, columns, event);
      paneAt += MASK_WORDS;
    }
  }

  #countPane(sli: PlanedSli, paneAt: number, columns: NumberColumns, event: CountedEvent): void {
    const { masks } = this.#planes;
    const paneMasks = this.#panes.masks;
    const { scopeAt, totalAt, verdictAt } = sli;
    const isListed = sli.summed.length > 0 || sli.buckets !== null;
    const isGoodListed = sli.summed.some(({ isOfGood }) => isOfGood);
    let [total, held, excluded, length, goodLength] = [0, 0, 0, 0, 0];
    for (let word = 0; word < MASK_WORDS; word += 1) {
      const scope = (masks[scopeAt + word] ?? 0) & (paneMasks[paneAt + word] ?? 0);
      if (scope === 0) continue;
      const counted = scope & (masks[totalAt + word] ?? 0);
      total += bitCount(counted);
      const verdict = masks[verdictAt + word] ?? 0;
      held += bitCount(counted & verdict);
      if (counted !== scope) excluded += bitCount(scope ^ counted);
      if (isListed) length = listEvents(counted, word, this.#listed, length);
      if (isGoodListed) {
        const good = counted & (sli.isGood ? verdict : ~verdict);
        goodLength = listEvents(good, word, this.#goodListed, goodLength);
      }
    }
    if (total + excluded === 0) return;
    const row = this.#findRow(sli.sliIndex, 0, event);
    event.chunk.touch(row, event.nextOffset);
    row.total += total;
    row.good += sli.isGood ? held : total - held;
    row.excluded += excluded;
    if (length > 0) this.#addValues(sli, row, columns, { length, goodLength });
  }

  /** Of the listed events, which all count. */
  #addValues(
    sli: PlanedSli,
    row: PaneRow,
    columns: NumberColumns,
    { length, goodLength }: { readonly length: number; readonly goodLength: number },
  ): void {
    const listed = this.#listed;
    const [all, good] = [
      { listed, count: length },
      { listed: this.#goodListed, count: goodLength },
    ];
    sli.summed.forEach((summed, field) => {
      addToRowSums({ row, field }, summed, columns, summed.isOfGood ? good : all);
    });
    if (sli.buckets === null) return;
    for (let place = 0; place < length; place += 1) {
      addToRowBucket(row, sli.buckets, listed[place] ?? 0);
    }
  }

  /** One event after another: groups are admitted in the order of the log. */
  #countGroups(sli: PlanedSli, groups: Groups, columns: NumberColumns, event: CountedEvent): void {
    const { masks } = this.#planes;
    const { live } = this.#panes;
    for (let word = 0; word < MASK_WORDS; word += 1) {
      const scope = (masks[sli.scopeAt + word] ?? 0) & (live[word] ?? 0);
      if (scope === 0) continue;
      const length = listEvents(scope, word, this.#listed, 0);
      this.#findRows(sli.sliIndex, groups, event, length);
      const total = masks[sli.totalAt + word] ?? 0;
      const verdict = masks[sli.verdictAt + word] ?? 0;
      const good = sli.isGood ? verdict : ~verdict;
      for (let place = 0; place < length; place += 1) {
        const row = this.#rows[place];
        if (row === undefined) continue;
        const index = this.#listed[place] ?? 0;
        if (((total >>> index) & 1) === 0) row.excluded += 1;
        else {
          row.total += 1;
          const isGood = ((good >>> index) & 1) === 1;
          if (isGood) row.good += 1;
          addValues(sli, row, columns, { index, isGood });
        }
      }
    }
  }

  /** Rows of the listed events, before any is added to: they are spread over memory, and misses overlap. */
  #findRows(sliIndex: number, groups: Groups, event: CountedEvent, length: number): void {
    const { ofEvents } = this.#panes;
    const known = event.rows[sliIndex];
    for (let place = 0; place < length; place += 1) {
      const index = this.#listed[place] ?? 0;
      const pane = ofEvents[index] ?? 0;
      const group = groups.ofEvents[index] ?? 0;
      let row = known?.[group * PANES_AT_HAND + (pane & (PANES_AT_HAND - 1))];
      if (row?.pane !== pane) {
        event.i = index;
        event.pane = pane;
        row = this.#findRow(sliIndex, group, event);
      }
      if (row.isDirty) row.version = event.nextOffset;
      else event.chunk.touch(row, event.nextOffset);
      this.#rows[place] = row;
    }
  }
}
