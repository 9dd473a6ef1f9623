import type { SliPlan, StreamRecordKind } from '@burnline/core';
import { orBeyond, schemaIdOf, type BatchDecoder, type SchemaSource } from '@burnline/contracts';
import { createMessageDecoder } from '../counting/message-decoder.ts';
import type { MessageDecoder } from '../counting/record.ts';
import { SliSet } from '../counting/sli-set.ts';
import {
  PlainEventCounter,
  type EventCounter,
  type FindRepeats,
  type MessageTarget,
} from '../counting/event-counter.ts';
import { EventKernel, type AfterEvent } from './event-kernel.ts';
import type { Walk } from './generate-walk.ts';

/** Writers' schemas whose walks are kept; they are few at a time, and any other is read by the plain path. */
const WRITERS_MAX = 64;

/** How messages of one writer's schema are read. */
interface WriterPlan {
  readonly kind: 'inference' | 'verdict';
  readonly kernel: EventKernel;
  readonly walk: Walk;
}

/** Counts the verdicts that events carry: the plain path's part of a message that the kernel counts. */
interface InlineVerdicts {
  readonly decode: MessageDecoder;
  readonly slis: SliSet;
}

export interface KernelOptions {
  readonly plans: readonly SliPlan[];
  readonly schemas: SchemaSource;
  readonly decoder: BatchDecoder;
  readonly settings: { readonly paneMs: number };
}

/**
 * Counts by generated code what it knows how to, and by the plain path the rest: the first message of each schema (which
 * shows that the schema can be read at all), schemas and SLIs beyond the kernel, messages that are broken or unusual,
 * marks and reports. Both count into the same chunks, and a message is counted by one of them as a whole, save verdicts
 * carried by events, which the plain path counts beside the kernel.
 */
export class KernelEventCounter implements EventCounter {
  readonly #plain: PlainEventCounter;
  readonly #schemas: SchemaSource;
  readonly #kernels: Readonly<Record<WriterPlan['kind'], EventKernel | null>>;
  readonly #inline: InlineVerdicts | null;
  readonly #writers = new Map<number, WriterPlan | null>();
  #kernelMessageCount = 0;

  constructor(options: KernelOptions) {
    const { plans, schemas, decoder, settings } = options;
    const slis = new SliSet(plans);
    this.#plain = new PlainEventCounter({ decode: createMessageDecoder(decoder, slis), slis, settings });
    this.#schemas = schemas;
    this.#kernels = {
      inference: createKernel('inference', options),
      verdict: createKernel('verdict', options),
    };
    this.#inline = inlineVerdictsOf(plans, decoder);
  }

  /** Messages that generated code counted. */
  get kernelMessageCount(): number {
    return this.#kernelMessageCount;
  }

  countMessage(value: Uint8Array, target: MessageTarget): number {
    const writer = this.#knownWriter(value);
    if (writer === undefined) {
      const count = this.#plain.countMessage(value, target);
      this.#learnWriter(value);
      return count;
    }
    const count = writer?.kernel.read(value, writer.walk) ?? null;
    if (writer === null || count === null) return this.#plain.countMessage(value, target);
    // Decoded before anything is counted: it could still throw.
    const afterEvent = this.#verdictsAfter(writer, value, target);
    writer.kernel.remember(count, target.findRepeats);
    writer.kernel.count(count, target, afterEvent);
    this.#kernelMessageCount += 1;
    return count;
  }

  rememberMessage(value: Uint8Array, findRepeats: FindRepeats): void {
    const writer = this.#knownWriter(value);
    const count = writer?.kernel.read(value, writer.walk) ?? null;
    if (writer === null || writer === undefined || count === null) {
      this.#plain.rememberMessage(value, findRepeats);
      if (writer === undefined) this.#learnWriter(value);
      return;
    }
    writer.kernel.remember(count, findRepeats);
  }

  /** undefined: not seen before; null: for the plain path. */
  #knownWriter(value: Uint8Array): WriterPlan | null | undefined {
    return this.#writers.get(schemaIdOf(value));
  }

  /** After the plain path has read a message of the schema. */
  #learnWriter(value: Uint8Array): void {
    const schemaId = schemaIdOf(value);
    const stored = this.#schemas.schemaOf(schemaId);
    if (stored === null || this.#writers.size >= WRITERS_MAX) return;
    const kernel = kernelFor(stored.kind, this.#kernels);
    const walk = kernel === null ? null : orBeyond(() => kernel.compileWalk(stored.schema));
    const kind = stored.kind === 'verdict' ? 'verdict' : 'inference';
    this.#writers.set(schemaId, kernel === null || walk === null ? null : { kind, kernel, walk });
  }

  #verdictsAfter(writer: WriterPlan, value: Uint8Array, target: MessageTarget): AfterEvent | null {
    const inline = this.#inline;
    if (inline === null || writer.kind !== 'inference' || !writer.kernel.hasInlineVerdicts) return null;
    const { records } = inline.decode(value);
    const { chunk, nextOffset } = target;
    return (index, pane) => {
      const record = records[index];
      if (record !== undefined) inline.slis.countEvent({ chunk, pane, nextOffset }, record);
    };
  }
}

function kernelFor(
  kind: StreamRecordKind,
  kernels: Readonly<Record<WriterPlan['kind'], EventKernel | null>>,
): EventKernel | null {
  switch (kind) {
    case 'inference':
    case 'verdict':
      return kernels[kind];
    case 'report':
    case 'mark':
      return null;
  }
}

function createKernel(kind: WriterPlan['kind'], options: KernelOptions): EventKernel | null {
  const { schemas, settings } = options;
  const stored = schemas.schemaOf(schemas.idOf(kind));
  if (stored === null) return null;
  const stream = kind === 'inference' ? 'inference' : 'verdicts';
  return orBeyond(
    () =>
      new EventKernel({
        plans: options.plans.filter((sli) => sli.stream === stream),
        readerSchema: stored.schema,
        timeField: kind === 'inference' ? 'occurred_at' : 'inference_at',
        paneMs: settings.paneMs,
      }),
  );
}

function inlineVerdictsOf(plans: readonly SliPlan[], decoder: BatchDecoder): InlineVerdicts | null {
  const overVerdicts = plans.filter((sli) => sli.stream === 'verdicts');
  if (overVerdicts.length === 0) return null;
  const slis = new SliSet(overVerdicts);
  return { decode: createMessageDecoder(decoder, slis), slis };
}
