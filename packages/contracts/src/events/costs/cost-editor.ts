import type { InferenceEvent } from '@burnline/core';
import { orBeyond } from '../../walk/beyond-walk.ts';
import type { Position } from '../../walk/byte-reading.ts';
import { walkOrNull, type MessageWalk } from '../../walk/message-walk.ts';
import type { BatchDecoder } from '../batch-decoder.ts';
import { createBatchEncoder } from '../batch-encoder.ts';
import { MESSAGE_BYTES_MAX } from '../batch-format.ts';
import { schemaIdOf } from '../batch-layout.ts';
import type { SchemaSource } from '../schema-source.ts';
import { addCost } from './add-cost.ts';
import type { COST_TEXTS, CostAddition, CostFacts } from './cost-fields.ts';
import { costFormOf, spliceCosts, type CostForm } from './cost-splice.ts';
import { compileCostWalk, newCostColumns, type CostColumns } from './cost-walk.ts';

/** What pricing adds to an event; null: nothing. */
export type AdditionOf = (facts: CostFacts) => CostAddition | null;

/** What editing one writer's messages takes. */
interface WriterCosts {
  readonly walk: MessageWalk<CostColumns>;
  readonly form: CostForm;
}

/**
 * Adds costs to messages of inference events that were checked before, in place: their bytes are walked once more, and what
 * is added is put between them. What the walk does not take (blocks of other writers, a message that would become too
 * large) is decoded and encoded again, by this build's schema.
 */
export class CostEditor {
  readonly #schemas: SchemaSource;
  readonly #decoder: BatchDecoder;
  /** Bounded by the schema ids that the source knows. */
  readonly #writers = new Map<number, WriterCosts | null>();
  readonly #columns = newCostColumns();
  readonly #position: Position = { next: 0 };

  constructor(parts: { readonly schemas: SchemaSource; readonly decoder: BatchDecoder }) {
    this.#schemas = parts.schemas;
    this.#decoder = parts.decoder;
  }

  /**
   * The messages with the same events in the same order: the one that was given where nothing is added to it, mostly one,
   * two where one does not hold them any more.
   */
  edit(message: Uint8Array, additionOf: AdditionOf): readonly Uint8Array[] {
    const writer = this.#writerOf(schemaIdOf(message));
    const columns = this.#columns;
    const count = writer === null ? null : walkOrNull(writer.walk, message, columns, this.#position);
    if (writer === null || count === null) return this.#encodeAnew(message, additionOf);
    const text = Buffer.from(message.buffer, message.byteOffset, message.length);
    const additions: (CostAddition | null)[] = [];
    for (let index = 0; index < count; index += 1) additions.push(additionOf(factsOf(columns, text, index)));
    const spliced = spliceCosts(message, columns, additions, writer.form);
    if (spliced === null) return [message];
    if (spliced.length <= MESSAGE_BYTES_MAX) return [spliced];
    let next = 0;
    return this.#encodeAnew(message, () => additions[next++] ?? null);
  }

  #writerOf(schemaId: number): WriterCosts | null {
    const known = this.#writers.get(schemaId);
    if (known !== undefined) return known;
    const schema = this.#schemas.schemaOf(schemaId)?.schema;
    const made =
      schema === undefined
        ? null
        : orBeyond(() => ({ walk: compileCostWalk(schema), form: costFormOf(schema) }));
    this.#writers.set(schemaId, made);
    return made;
  }

  #encodeAnew(message: Uint8Array, additionOf: AdditionOf): readonly Uint8Array[] {
    const batch = this.#decoder.decodeBatch(message);
    if (batch.kind !== 'inference') return [message];
    const additions = batch.records.map((event) => additionOf(event));
    if (additions.every((addition) => addition === null)) return [message];
    const encoder = createBatchEncoder({ kind: 'inference', schemas: this.#schemas });
    const messages: Uint8Array[] = [];
    batch.records.forEach((event, index) => {
      const addition = additions[index] ?? null;
      const priced = addition === null ? event : addCost(event, addition);
      if (encoder.append(priced)) return;
      messages.push(encoder.finish());
      encoder.append(priced);
    });
    return [...messages, encoder.finish()];
  }
}

function factsOf(columns: CostColumns, text: Buffer, index: number): CostFacts {
  const { numbers } = columns;
  return {
    occurred_at: numbers.occurred_at[index] ?? 0,
    input_tokens: orNull(numbers.input_tokens[index]),
    cached_input_tokens: orNull(numbers.cached_input_tokens[index]),
    cache_write_input_tokens: orNull(numbers.cache_write_input_tokens[index]),
    output_tokens: orNull(numbers.output_tokens[index]),
    reasoning_tokens: orNull(numbers.reasoning_tokens[index]),
    cost_nano_usd: orNull(numbers.cost_nano_usd[index]),
    provider: textOf(columns, text, 'provider', index) ?? '',
    model_requested: textOf(columns, text, 'model_requested', index) ?? '',
    model_served: textOf(columns, text, 'model_served', index) ?? '',
    service_tier: textOf(columns, text, 'service_tier', index),
    response_cache_hit: columns.cacheHits[index] === 1,
    cost_source: columns.sources[index] ?? 'unknown',
    trust: columns.trusts[index] ?? 'leaf',
  } satisfies Pick<InferenceEvent, keyof CostFacts>;
}

const orNull = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;

function textOf(
  columns: CostColumns,
  text: Buffer,
  name: (typeof COST_TEXTS)[number],
  index: number,
): string | null {
  const length = columns.textLengths[name][index] ?? -1;
  if (length <= 0) return length === 0 ? '' : null;
  const start = columns.textStarts[name][index] ?? 0;
  return text.toString('utf8', start, start + length);
}
