import type { Random } from '../../delivery/model/random.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** An event, as it is drawn; `seenMs` is the end of the minute of its log time. */
export interface Answer {
  readonly id: string;
  readonly seenMs: number;
  readonly atMs: number;
  readonly isOk: boolean;
  readonly weight: number;
  readonly model: 'm' | 'n';
  readonly predicted: number;
  readonly expected: number;
  readonly characters: number;
  readonly reason: string | null;
  readonly durationMs: number;
  readonly task: string | null;
  readonly tokens: number;
  /** What the provider said it allows per minute. */
  readonly quota: number | null;
  /** How much of it is good, as it says itself. */
  readonly done: number | null;
}
export interface Judged {
  readonly id: string;
  readonly seenMs: number;
  readonly atMs: number;
  readonly model: 'm' | 'n';
  readonly score: number | null;
  readonly passed: boolean;
}
/** A line of a file, or a record of a request. */
interface HistoryRecord {
  readonly logMs: number;
  readonly kind: 'event' | 'verdict';
  readonly body: object;
}
export interface DrawnHistory {
  readonly answers: readonly Answer[];
  readonly verdicts: readonly Judged[];
  /** In the order of log time; some events come twice. */
  readonly records: readonly HistoryRecord[];
}

export interface HistoryShape {
  readonly service: string;
  readonly startMs: number;
  readonly count: number;
  /** Events are up to so far apart, but for a hundredth of them. */
  readonly spacingMs: number;
  readonly silenceMs: number;
  /** Verdicts come up to so much later. */
  readonly lateMs: number;
  /** Number of the first id, where several histories go into one stream. */
  readonly firstId?: number;
  /** Nothing succeeds, each answer takes all the time and tokens there are, and judges are sure of what is wrong. */
  readonly isAllBad?: boolean;
}

const minuteAfter = (ms: number): number => (Math.floor(ms / MINUTE_MS) + 1) * MINUTE_MS;

const WORST = {
  isOk: false,
  durationMs: 4_000,
  tokens: 4_000,
  quota: 200,
  done: 0,
  predicted: 1,
  expected: 0,
};

function answerOf(random: Random, atMs: number, number: number, shape: HistoryShape): Omit<Answer, 'id'> {
  const isLater = atMs > shape.startMs + (shape.count * shape.spacingMs) / 3;
  return {
    ...{ seenMs: minuteAfter(atMs), atMs },
    isOk: random.chance(Math.floor(atMs / HOUR_MS) % 3 === 0 ? 0.6 : 0.97),
    weight: random.pick([1, 1, 1, 2.5]),
    model: random.chance(0.2) ? 'n' : 'm',
    ...{ predicted: random.next(), expected: random.next() },
    characters: Math.round(2 ** (random.next() * 4 + (isLater ? 8 : 6))),
    reason: random.pick(isLater ? ['stop', 'length', 'tool_calls', null] : ['stop', 'stop', 'length', null]),
    durationMs: random.pick([200, 900, 1_000, 1_001, 4_000]),
    task: random.chance(0.1) ? null : `task-${shape.service}-${Math.floor(number / 5)}`,
    tokens: 2 * random.below(random.chance(0.1) ? 4_000 : 300),
    quota: random.pick([null, 200, 1_000]),
    done: random.pick([null, 0, 1, random.below(1_000) / 1_000]),
    ...(shape.isAllBad === true && WORST),
  };
}

function eventOf(one: Answer, service: string): object {
  const { id, quota, done } = one;
  return {
    event_id: id,
    occurred_at: new Date(one.atMs).toISOString(),
    ...{ service, provider: 'p', model_requested: one.model, status: one.isOk ? 'ok' : 'error' },
    ...{ duration_ms: one.durationMs, sample_weight: one.weight, finish_reason: one.reason },
    ...{ output_tokens: one.tokens, ...(one.task !== null && { task_id: one.task }) },
    measures: {
      ...{ predicted: one.predicted, expected: one.expected, characters: one.characters },
      ...(quota !== null && { quota }),
      ...(done !== null && { done }),
    },
  };
}

function verdictOf(one: Judged, { service, judgedMs }: { service: string; judgedMs: number }): object {
  return {
    event_id: one.id,
    judged_at: new Date(judgedMs).toISOString(),
    inference_at: new Date(one.atMs).toISOString(),
    ...{ evaluator: 'ndcg', dimension: 'ranking', service, provider: 'p', model_requested: one.model },
    passed: one.passed,
    ...(one.score !== null && { score: one.score }),
  };
}

/** Events and verdicts of a service, with repeated ids, sampled events, late verdicts and stretches of silence. */
export function drawHistory(random: Random, shape: HistoryShape): DrawnHistory {
  const idOf = (number: number): string =>
    `00000000-0000-4000-8000-${String((shape.firstId ?? 0) + number).padStart(12, '0')}`;
  const answers: Answer[] = [];
  const verdicts: Judged[] = [];
  const records: HistoryRecord[] = [];
  let atMs = shape.startMs;
  for (let number = 0; number < shape.count; number += 1) {
    atMs += random.chance(0.01) ? random.below(shape.silenceMs) : random.below(shape.spacingMs);
    const answer = { id: idOf(2 * number), ...answerOf(random, atMs, number, shape) };
    answers.push(answer);
    const event = {
      logMs: atMs,
      kind: 'event',
      body: eventOf(answer, shape.service),
    } as const;
    records.push(event);
    if (random.chance(0.05)) records.push(event);
    if (random.chance(0.4)) continue;
    const judgedMs = atMs + random.below(random.pick([MINUTE_MS, shape.lateMs]));
    const score = random.pick([null, random.next(), 0.5 + random.next() / 2]);
    const verdict: Judged = {
      ...{ id: idOf(2 * number + 1), seenMs: minuteAfter(judgedMs), atMs, model: answer.model },
      ...{ score, passed: random.chance(score ?? 0.5) },
      ...(shape.isAllBad === true && { score: 0.1, passed: true }),
    };
    verdicts.push(verdict);
    const body = verdictOf(verdict, { service: shape.service, judgedMs });
    records.push({ logMs: judgedMs, kind: 'verdict', body });
  }
  records.sort((left, right) => left.logMs - right.logMs);
  return { answers, verdicts, records };
}
