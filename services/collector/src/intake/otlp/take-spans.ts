import { parseInferenceEvent, uuidFromBytes } from '@burnline/contracts';
import type { InferenceEvent, VerdictReference } from '@burnline/core';
import type { CollectorParts } from '../../collector-parts.ts';
import { addIssues } from '../../records/read-records.ts';
import { RecordProblems } from '../../records/record-problems.ts';
import type { Accepted } from '../dialect.ts';
import { keepRecords } from '../keep-records.ts';
import { NOTHING_MADE_UP } from '../nothing-made-up.ts';
import type { Source } from '../source-of.ts';
import { TEXTS } from './aliases.ts';
import { attemptsOf } from './attempts.ts';
import { CallTraces } from './call-traces.ts';
import { verdictsOfSpan } from './evaluations.ts';
import { eventOfSpan } from './event-of-span.ts';
import { corrected } from './library-faults.ts';
import { exportPieces, type ExportCodec, type SpanCodecs } from './located.ts';
import type { Export } from './export.ts';
import type { Attributes, Span } from './span.ts';
import type { PlacedSpan } from './placed-span.ts';
import { eventSpans, roleOf } from './span-tree.ts';

const REMEDY = 'docs/intake.md says what is read of a span; the others need not be sent.';

/** What became of a body's spans. */
export interface SpanReading {
  count: number;
  readonly problems: RecordProblems;
  /** Traces of calls that earlier requests brought. */
  readonly known: Pick<CallTraces, 'has'>;
  readonly source?: Source | undefined;
}

/** What is done with what a body's spans stand for; `index` is the span's. */
interface Taking {
  readonly event: (event: InferenceEvent, index: number) => void;
  readonly verdict: (verdict: VerdictReference, index: number) => void;
}

/** Of each intake, as long as it runs. */
const tracesOf = new WeakMap<CollectorParts, CallTraces>();

/** Takes the events of an export request. Rejects where no span is one, or as `appendParts` does. */
export async function takeSpans(
  parts: CollectorParts,
  { body, client, turns, signal, source }: Export,
  codecs: SpanCodecs,
): Promise<Accepted> {
  const events = parts.writer.beginEvents();
  const verdicts = parts.writer.beginVerdicts();
  const ids = new Map<number, string>();
  const known = tracesOf.get(parts) ?? new CallTraces();
  tracesOf.set(parts, known);
  const reading: SpanReading = { count: 0, problems: new RecordProblems(), known, source };
  const traces = new Set<string>();
  const codec = parts.readsTexts === true ? codecs.withSignals : codecs.plain;
  const work = readEvents(body, codec, reading, {
    event: (event, index) => {
      if (events.add(event, index)) ids.set(index, uuidFromBytes(event.event_id));
      if (event.trust === 'leaf') traces.add(event.trace_id);
    },
    verdict: (verdict, index) => {
      verdicts.add(verdict, index);
    },
  });
  await turns.run(() => work.next().done === true, signal);
  const { count, problems } = reading;
  const accepted = await keepRecords(parts, {
    batches: [events, verdicts],
    client,
    ids,
    problems,
    of: { count, noun: 'span' },
    // An exporter throws a refused batch away: one that holds anything else is taken. A span whose judgement is wrong may be an event.
    isRefused: problems.wrongCount === count && events.count + events.leftOutCount + verdicts.count === 0,
    remedy: REMEDY,
  });
  // Only now are they in the log.
  for (const traceId of traces) known.add(traceId);
  return accepted;
}

/** The events of a body and the verdicts that its spans bring, in steps. Throws where the body is no export request; a span that is wrong is a problem of its own. */
export function* readEvents(
  body: Uint8Array,
  codec: ExportCodec<Span>,
  reading: SpanReading,
  take: Taking,
): Generator<void> {
  const placed: PlacedSpan[] = [];
  const resourceOf = named(reading.source);
  for (const piece of exportPieces(body, codec)) {
    yield;
    if (piece === undefined) continue;
    const index = reading.count;
    reading.count += 1;
    addIssues(reading.problems, index, () => {
      const span = corrected(piece.read(), piece.scope);
      placed.push({
        index,
        span,
        scope: piece.scope,
        resource: resourceOf(piece.resource),
        role: roleOf(span),
      });
      for (const verdict of verdictsOfSpan(span)) take.verdict(verdict, index);
    });
  }
  const chosen = yield* eventSpans(placed, reading.known);
  const attempts = attemptsOf(chosen);
  for (const eventSpan of chosen) {
    yield;
    addIssues(reading.problems, eventSpan.index, () => {
      const event = eventOfSpan(eventSpan, attempts.get(eventSpan));
      take.event(parseInferenceEvent(event, NOTHING_MADE_UP), eventSpan.index);
    });
  }
}

/** A resource with what its sender's URL says and it does not. */
function named(source: Source | undefined): (resource: Attributes) => Attributes {
  const said = [
    [TEXTS.service, source?.service],
    [TEXTS.environment, source?.environment],
  ] as const;
  if (said.every(([, value]) => value === null || value === undefined)) return (resource) => resource;
  // A resource is that of many spans.
  const known = new WeakMap<Attributes, Attributes>();
  return (resource) => {
    const before = known.get(resource);
    if (before !== undefined) return before;
    const whole = new Map(resource);
    for (const [names, value] of said)
      if (typeof value === 'string' && !names.some((name) => whole.has(name))) whole.set(names[0], value);
    known.set(resource, whole);
    return whole;
  };
}
