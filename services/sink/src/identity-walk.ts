import {
  BeyondWalk,
  MAX_EVENTS_PER_MESSAGE,
  SEED_HI,
  SEED_LO,
  WalkCode,
  buildMessageWalk,
  isUnion,
  orBeyond,
  readScalarCode,
  walkOrNull,
  type AvroComplexJson,
  type MessageWalk,
  type Position,
} from '@burnline/contracts';

/** What decides about an event before it is written. Good until the next message is read. */
export interface Identities {
  readonly timesMicros: Float64Array;
  readonly idsHigh: Uint32Array;
  readonly idsLow: Uint32Array;
}

type IdentityWalk = MessageWalk<Identities>;
type TimeField = 'occurred_at' | 'inference_at';

const ID_BYTES = 16;

/**
 * Reads ids and times of a message's events by generated code, one walk per writer's schema; each message is walked to its
 * last byte, so what passes can be written.
 */
export class IdentityReader implements Identities {
  readonly timesMicros = new Float64Array(MAX_EVENTS_PER_MESSAGE);
  readonly idsHigh = new Uint32Array(MAX_EVENTS_PER_MESSAGE);
  readonly idsLow = new Uint32Array(MAX_EVENTS_PER_MESSAGE);
  /** null: a schema that is left to the plain path. Bounded by the schema ids that the source knows. */
  readonly #walks = new Map<number, IdentityWalk | null>();
  readonly #position: Position = { next: 0 };

  /** The number of events, or null for a message that the plain path has to read. */
  read(
    value: Uint8Array,
    writer: { readonly id: number; readonly schema: AvroComplexJson },
    timeField: TimeField,
  ): number | null {
    let walk = this.#walks.get(writer.id);
    if (walk === undefined) {
      walk = orBeyond(() => compileIdentityWalk(writer.schema, timeField));
      this.#walks.set(writer.id, walk);
    }
    return walk === null ? null : walkOrNull(walk, value, this, this.#position);
  }
}

function compileIdentityWalk(writer: AvroComplexJson, timeField: TimeField): IdentityWalk {
  const code = new WalkCode();
  const fields = writer.fields ?? [];
  for (const name of ['event_id', timeField]) {
    if (fields.filter((field) => field.name === name).length !== 1) throw new BeyondWalk(name);
  }
  for (const { name, type } of fields) {
    if (name === 'event_id') {
      const isId =
        typeof type === 'object' && !isUnion(type) && type.type === 'fixed' && type.size === ID_BYTES;
      if (!isId) throw new BeyondWalk(name);
      code.skip(
        type,
        `idsHigh[i] = hashIdAt(view, pos, ${SEED_HI});\nidsLow[i] = hashIdAt(view, pos, ${SEED_LO});`,
      );
    } else if (name === timeField) {
      if (code.typeNameOf(type) !== 'long') throw new BeyondWalk(name);
      code.add(readScalarCode('long'), 'timesMicros[i] = value;');
    } else code.skip(type);
  }
  const before = 'const { timesMicros, idsHigh, idsLow } = to;';
  return buildMessageWalk({ before, record: code.text, after: '', scope: {} });
}
