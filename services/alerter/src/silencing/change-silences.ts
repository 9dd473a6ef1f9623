import { randomBytes } from 'node:crypto';
import { AppError, DAY_MS, MINUTE_MS, SEVERITIES, type SilenceScope } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { LENGTH_MS_MAX, RULE_LENGTH_MAX, hasGaps, isRule, type SilenceTimes } from './silence-times.ts';
import { SILENCES_MAX, readSilences } from './silences.ts';

type SilenceErrorCode = 'SILENCE_INVALID' | 'SILENCE_UNKNOWN' | 'SILENCES_FULL';

/** As it is asked for, of whoever may: nothing of it is believed. */
export type SilenceRequest = Readonly<Record<string, unknown>>;

const TEXT_LENGTH_MAX = 1_000;
const NAMES_MAX = 100;
/** What is not told for longer than this is an SLO that nobody wants. */
const ONCE_MS_MAX = 31 * DAY_MS;
/** And what recurs is looked at again once a year. */
const EXPIRY_MS_MAX = 400 * DAY_MS;

const invalid = (message: string, remedy: string): AppError =>
  new AppError<SilenceErrorCode>('SILENCE_INVALID', message, { remedy });

/**
 * Withholds alerts in scope from receivers while it is in force.
 *
 * @param request `slos`, `service`, `labels`, `severities` or `all: true`; `fromMs`, `untilMs` (epoch ms), and of one that recurs
 *   `rule`, `timeZone`, `lengthMs`; `author`, `reason`
 *
 * Rejects with SILENCE_INVALID or SILENCES_FULL.
 */
export async function addSilence(
  store: Store,
  request: SilenceRequest,
  nowMs: number,
): Promise<{ readonly id: string }> {
  const [author, reason] = [textOf(request, 'author'), textOf(request, 'reason')];
  const scope = scopeOf(request);
  const times = timesOf(request, nowMs);
  if ((await readSilences(store, { liveAtMs: nowMs })).length >= SILENCES_MAX)
    throw new AppError<SilenceErrorCode>(
      'SILENCES_FULL',
      `There are ${SILENCES_MAX} silences, and no more can be`,
      {
        remedy: 'End those that nobody needs: `burnline silence list` has them.',
      },
    );
  const id = randomBytes(4).toString('hex');
  await store.insertRows('silences', [rowOf({ id, action: 'add', author, reason }, { ...scope, ...times })]);
  return { id };
}

/**
 * Ends a silence before it expires: alerts that fire and were withheld are told now.
 *
 * @param request `id`, `author`, `reason`
 *
 * Rejects with SILENCE_INVALID or SILENCE_UNKNOWN.
 */
export async function endSilence(
  store: Store,
  request: SilenceRequest,
  nowMs: number,
): Promise<{ readonly id: string }> {
  const [id, author, reason] = [textOf(request, 'id'), textOf(request, 'author'), textOf(request, 'reason')];
  const known = (await readSilences(store, { liveAtMs: nowMs })).find((silence) => silence.id === id);
  if (known === undefined)
    throw new AppError<SilenceErrorCode>('SILENCE_UNKNOWN', `There is no silence ${id} that is not over`, {
      remedy: '`burnline silence list` has those that are not.',
    });
  await store.insertRows('silences', [rowOf({ id, action: 'end', author, reason }, known)]);
  return { id };
}

function rowOf(change: object, silence: SilenceScope & SilenceTimes): object {
  const { slos, service, labels, severities, startMs, expiresMs, rule, timeZone, lengthMs } = silence;
  return {
    ...{ ...change, slos, service, labels, severities },
    ...{ starts_at: startMs / 1_000, expires_at: expiresMs / 1_000 },
    ...{ rule: rule ?? '', time_zone: timeZone, length_s: lengthMs / 1_000 },
  };
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= TEXT_LENGTH_MAX;

function textOf(request: SilenceRequest, name: string): string {
  const value = request[name];
  if (isText(value)) return value;
  throw invalid(`${name} must be a text of 1 to ${TEXT_LENGTH_MAX} characters`, `Give ${name}.`);
}

function namesOf(value: unknown, what: string): readonly string[] {
  const names: readonly unknown[] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  if (names.length <= NAMES_MAX && names.every(isText)) return [...new Set(names)].sort();
  throw invalid(`A silence names at most ${NAMES_MAX} ${what}, each a text`, 'Name fewer, or none for any.');
}

function scopeOf({
  slos = [],
  service = '',
  labels = {},
  severities = [],
  all,
}: SilenceRequest): SilenceScope {
  const isRecord = typeof labels === 'object' && labels !== null && !Array.isArray(labels);
  const pairs = isRecord ? Object.entries(labels as Readonly<Record<string, unknown>>) : [];
  if (!isRecord || pairs.length > NAMES_MAX || !pairs.every(([name, value]) => isText(name) && isText(value)))
    throw invalid('Labels are names of groups, each with a value', 'Give each as name=value.');
  const scope = {
    slos: namesOf(slos, 'SLOs'),
    service: service === '' ? '' : textOf({ service }, 'service'),
    labels: Object.fromEntries([...pairs].sort()) as Readonly<Record<string, string>>,
    severities: namesOf(severities, 'severities'),
  };
  if (!scope.severities.every((one) => SEVERITIES.some((known) => known === one)))
    throw invalid('A severity is none of those there are', `Write ${SEVERITIES.join(', ')}.`);
  const isNamed = scope.slos.length + scope.severities.length + pairs.length > 0 || scope.service !== '';
  if (isNamed === (all === true))
    throw invalid(
      isNamed ? 'A silence of all alerts names none' : 'A silence says which alerts it is of',
      'Name SLOs, a service, labels or severities, or all alerts.',
    );
  return scope;
}

const isSecond = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) % 1_000 === 0;

function timesOf(
  { fromMs, untilMs, rule, timeZone = 'UTC', lengthMs }: SilenceRequest,
  nowMs: number,
): SilenceTimes {
  if (!isSecond(fromMs) || !isSecond(untilMs) || untilMs <= fromMs || untilMs <= nowMs)
    throw invalid(
      'A silence begins, and ends after that and in the future, on whole seconds',
      'Give when it ends, or how long it lasts.',
    );
  if (rule === undefined) {
    if (lengthMs !== undefined)
      throw invalid(
        'It is said both how long a silence lasts and when it ends',
        'Give one of the two, or the rule by which it recurs.',
      );
    if (untilMs - Math.max(fromMs, nowMs) <= ONCE_MS_MAX && untilMs <= nowMs + EXPIRY_MS_MAX)
      return { startMs: fromMs, expiresMs: untilMs, rule: null, timeZone: 'UTC', lengthMs: 0 };
    throw invalid(`A silence lasts at most ${ONCE_MS_MAX / DAY_MS} days`, 'Give it an earlier end.');
  }
  if (untilMs > nowMs + EXPIRY_MS_MAX)
    throw invalid(
      `A silence that recurs expires within ${EXPIRY_MS_MAX / DAY_MS} days`,
      'Give it an earlier end.',
    );
  if (!isSecond(lengthMs) || lengthMs < MINUTE_MS || lengthMs > LENGTH_MS_MAX)
    throw invalid(
      `A silence that recurs lasts from a minute to ${LENGTH_MS_MAX / DAY_MS} days each time`,
      'Say how long it lasts each time.',
    );
  const times = {
    startMs: fromMs,
    expiresMs: untilMs,
    rule: textOf({ rule }, 'rule'),
    timeZone: textOf({ timeZone }, 'timeZone'),
    lengthMs,
  };
  if (isRule(times) && !hasGaps(times))
    throw invalid(
      'A silence that recurs is over each time before it begins again',
      'Let it last shorter, or recur less often.',
    );
  if (isRule(times)) return times;
  throw invalid(
    `The rule or its time zone is none (${RULE_LENGTH_MAX} characters at most)`,
    "Write an RRULE of days and longer, such as 'FREQ=WEEKLY;BYDAY=SU', and a zone such as Europe/Berlin.",
  );
}
