import type { StreamRecordKind } from '@burnline/core';
import { orBeyond } from '../walk/beyond-walk.ts';
import type { Position } from '../walk/byte-reading.ts';
import { walkOrNull, type MessageWalk } from '../walk/message-walk.ts';
import { compileTextCheck, refuseFaults } from './plain-check.ts';
import { FRAME_BYTES, MAX_EVENTS_PER_MESSAGE } from './batch-format.ts';
import { walkMessage, type BatchLayout } from './batch-layout.ts';
import type { Step } from './datum-walk.ts';
import { placeEventId } from './event-id.ts';
import type { AvroComplexJson } from './schema-source.ts';
import { compileSureCheck, type CheckedRecords } from './sure-check.ts';

/** A batch whose records may enter the log. */
export interface CheckedBatch extends BatchLayout {
  /** `placeEventId` of each event or verdict, by which its partition is chosen; empty: these records have none. */
  readonly places: Uint32Array;
}

/** Where the walk leaves what it finds: copied before the next message. */
const AT_HAND: CheckedRecords = {
  starts: new Uint32Array(MAX_EVENTS_PER_MESSAGE),
  ends: new Uint32Array(MAX_EVENTS_PER_MESSAGE),
  places: new Uint32Array(MAX_EVENTS_PER_MESSAGE),
};

/**
 * Checks batches of one writer's schema. `sure` takes at once what is right beyond doubt; `plain` is the definition, tells
 * what is wrong, and takes what is right in an unusual way.
 */
export class BatchCheck {
  readonly #writer: { readonly schemaId: number; readonly kind: StreamRecordKind; readonly step: Step };
  readonly #sureWalk: MessageWalk<CheckedRecords> | null;
  readonly #checkTexts: ReturnType<typeof compileTextCheck>;
  readonly #position: Position = { next: 0 };

  constructor(writer: {
    readonly schemaId: number;
    readonly kind: StreamRecordKind;
    readonly schema: AvroComplexJson;
    readonly step: Step;
  }) {
    this.#writer = writer;
    this.#sureWalk = sureWalkOf(writer);
    this.#checkTexts = compileTextCheck(writer.schema);
  }

  /** Null for a message that the plain check has to look at. */
  sure(message: Uint8Array): CheckedBatch | null {
    if (this.#sureWalk === null) return null;
    const count = walkOrNull(this.#sureWalk, message, AT_HAND, this.#position);
    if (count === null) return null;
    const [starts, ends, places] = [AT_HAND.starts, AT_HAND.ends, AT_HAND.places].map((numbers) =>
      numbers.slice(0, count),
    ) as [Uint32Array, Uint32Array, Uint32Array];
    const block = { count, datumsStart: starts[0] ?? FRAME_BYTES, datumsEnd: ends.at(-1) ?? FRAME_BYTES };
    const { schemaId, kind } = this.#writer;
    return { kind, schemaId, count, blocks: [block], starts, ends, places };
  }

  /** Throws CONTRACT_DECODE_FAILED for what is no whole batch, CONTRACT_EVENT_INVALID for records that break a rule. */
  plain(message: Uint8Array, recordsOf: (layout: BatchLayout) => readonly unknown[]): CheckedBatch {
    const layout = walkMessage(message, this.#writer);
    const records = recordsOf(layout);
    const { kind } = this.#writer;
    refuseFaults(kind, records, this.#checkTexts(message, layout));
    const withIds = hasIds(kind) ? (records as readonly { readonly event_id: Uint8Array }[]) : [];
    return { ...layout, places: Uint32Array.from(withIds, ({ event_id }) => placeEventId(event_id)) };
  }
}

function hasIds(kind: StreamRecordKind): kind is 'inference' | 'verdict' {
  return kind === 'inference' || kind === 'verdict';
}

function sureWalkOf({
  kind,
  schema,
}: {
  readonly kind: StreamRecordKind;
  readonly schema: AvroComplexJson;
}): MessageWalk<CheckedRecords> | null {
  return hasIds(kind) ? orBeyond(() => compileSureCheck(schema, kind)) : null;
}
