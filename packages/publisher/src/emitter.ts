import { uuidFromBytes } from '@burnline/contracts';
import { isKept, sampleKeyOf } from '@burnline/core';
import type { InferenceEvent, SourceReport } from '@burnline/core';
import type { DropNotice, MutableCounters } from './counters.ts';
import { createEventIdSource } from './event-id-source.ts';
import { checkEvent, checkVerdict, completeEvent, completeVerdict } from './event-input.ts';
import type { EventInput, InputDefaults, VerdictInput } from './event-input.ts';
import type { LaneTable } from './lane-table.ts';
import type { AppendResult } from './lane.ts';
import type { Outbox } from './outbox.ts';
import type { ResolvedOptions } from './publisher-options.ts';

/** The way in: completes records, puts them into their lanes and counts what becomes of that. Never throws. */
export interface Emitter {
  readonly emit: (input: EventInput) => void;
  readonly emitVerdict: (input: VerdictInput) => void;
  /** False: the buffer is full, or an option that the report repeats is not text. */
  readonly emitReport: (report: SourceReport) => boolean;
  /** From now on everything but reports is dropped. */
  readonly refuse: () => void;
}

export interface EmitterOptions {
  readonly options: ResolvedOptions;
  readonly counters: MutableCounters;
  readonly lanes: LaneTable;
  readonly outbox: Outbox;
  readonly notify: (notice: DropNotice) => void;
}

const MICROS_PER_MS = 1_000;

export function createEmitter({ options, counters, lanes, outbox, notify }: EmitterOptions): Emitter {
  const defaults = inputDefaults(options);
  let isRefusing = false;

  const drop = (reason: DropNotice['reason'], error: unknown): void => {
    counters.droppedByReason[reason] += 1;
    notify({ reason, count: 1, error });
  };
  const noteAppend = (result: AppendResult): void => {
    if (result === 'buffer_full') {
      drop('buffer_full', null);
      return;
    }
    counters.buffered += 1;
    outbox.noteAppend(result);
  };
  const freeBytes = (): number => options.bufferedBytesMax - counters.bufferedBytes;
  const take = <Input>(input: Input, append: (input: Input) => AppendResult | 'sampled_out'): void => {
    counters.emitted += 1;
    if (isRefusing) {
      drop('closed', null);
      return;
    }
    let result: AppendResult | 'sampled_out';
    try {
      result = append(input);
    } catch (error) {
      drop('invalid', error);
      return;
    }
    if (result === 'sampled_out') {
      // Reports say of what was emitted whether it arrived: what others stand for is no part of that.
      counters.emitted -= 1;
      counters.sampledOut += 1;
      return;
    }
    noteAppend(result);
  };
  const appendEvent = (input: EventInput): AppendResult | 'sampled_out' => {
    const event = completeEvent(input, defaults);
    if (options.sampleOneIn > 1 && !isSampled(event, options.sampleOneIn)) return 'sampled_out';
    checkEvent(event);
    return lanes.inference(event.event_id).append(event, freeBytes());
  };
  const appendVerdict = (input: VerdictInput): AppendResult => {
    const verdict = completeVerdict(input, defaults);
    checkVerdict(verdict);
    return lanes.verdicts(verdict.event_id).append(verdict, freeBytes());
  };
  return {
    emit: (input) => {
      take(input, appendEvent);
    },
    emitVerdict: (input) => {
      take(input, appendVerdict);
    },
    emitReport: reportAppender({ lanes, outbox, notify, freeBytes }),
    refuse: () => {
      isRefusing = true;
    },
  };
}

function isSampled(event: InferenceEvent, oneIn: number): boolean {
  const key: unknown = sampleKeyOf(event, () => uuidFromBytes(event.event_id));
  // What is no text is refused where the event is checked, and not left out unseen.
  return typeof key !== 'string' || isKept(key, oneIn, 'publisher');
}

function reportAppender(
  to: Pick<EmitterOptions, 'lanes' | 'outbox' | 'notify'> & { readonly freeBytes: () => number },
): Emitter['emitReport'] {
  return (report) => {
    try {
      const result = to.lanes.reports().append(report, to.freeBytes());
      if (result === 'buffer_full') return false;
      to.outbox.noteAppend(result);
      return true;
    } catch (error) {
      to.notify({ reason: 'invalid', count: 0, error });
      return false;
    }
  };
}

function inputDefaults(options: ResolvedOptions): InputDefaults {
  const newEventId = createEventIdSource();
  return {
    service: options.service,
    environment: options.environment,
    newEventId: () => newEventId(options.now()),
    now: () => Math.floor(options.now() * MICROS_PER_MS),
    sampleOneIn: options.sampleOneIn,
  };
}
