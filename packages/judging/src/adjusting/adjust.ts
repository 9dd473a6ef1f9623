import { randomBytes } from 'node:crypto';
import { AppError, COARSE_EDGE_MS, DAY_MS, floorTo, nearestWord } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { ADJUSTMENTS_MAX, SCOPES_MAX, isInScope } from './adjustments.ts';

type AdjustmentErrorCode =
  'ADJUSTMENT_INVALID' | 'ADJUSTMENT_SCOPE_UNKNOWN' | 'ADJUSTMENT_UNKNOWN' | 'ADJUSTMENTS_FULL';

/** As it is asked for, of whoever may: nothing of it is believed. */
export type AdjustmentRequest = Readonly<Record<string, unknown>>;

/** What an adjustment may be as long as, and lie ahead: as long as five-minute buckets are kept, from which it is taken off. */
const LENGTH_MS_MAX = 400 * DAY_MS;
/** Of a name and a reason, in characters: they stand in rows for good. */
const TEXT_LENGTH_MAX = 1_000;
const NAMES_MAX = 100;
const LABELS_MAX = 20;
const NAMES_SHOWN = 10;

/**
 * Leaves a stretch of time out of the budgets in scope, from the next evaluation on.
 *
 * @param request `slos` (names), `service` or `all: true`; `labels`; `fromMs`, `toMs` (epoch ms, on whole 5 minutes), `author`, `reason`
 *
 * Rejects with ADJUSTMENT_INVALID, ADJUSTMENT_SCOPE_UNKNOWN or ADJUSTMENTS_FULL.
 */
export async function addAdjustment(
  store: Store,
  request: AdjustmentRequest,
  nowMs: number,
): Promise<{ readonly id: string }> {
  const [author, reason] = [textOf(request, 'author'), textOf(request, 'reason')];
  const scope = scopeOf(request);
  const labels = labelsOf(request);
  const stretch = stretchOf(request, nowMs);
  await checkScope(store, scope, Object.keys(labels));
  await checkRoom(store, { ...scope, labels });
  const id = randomBytes(4).toString('hex');
  await store.insertRows('budget_adjustments', [
    {
      ...{ id, action: 'add', author, reason, slos: scope.slos, service: scope.service, labels },
      ...{ left_out_from: stretch.fromMs / 1_000, left_out_to: stretch.toMs / 1_000 },
    },
  ]);
  return { id };
}

/**
 * Takes an adjustment back: what it left out counts again, from the next evaluation on.
 *
 * @param request `id`, `author`, `reason`
 *
 * Rejects with ADJUSTMENT_INVALID or ADJUSTMENT_UNKNOWN.
 */
export async function revokeAdjustment(
  store: Store,
  request: AdjustmentRequest,
): Promise<{ readonly id: string }> {
  const [id, author, reason] = [textOf(request, 'id'), textOf(request, 'author'), textOf(request, 'reason')];
  const [known] = await store.query<AddedRow>(
    `SELECT slos, toString(service) AS service, labels, toUnixTimestamp(left_out_from) AS left_out_from,
       toUnixTimestamp(left_out_to) AS left_out_to
     FROM budget_adjustments
     WHERE id = {id:String} AND id NOT IN (SELECT id FROM budget_adjustments WHERE action = 'revoke') LIMIT 1`,
    { id },
  );
  if (known === undefined)
    throw new AppError<AdjustmentErrorCode>('ADJUSTMENT_UNKNOWN', `No adjustment ${id} is in force`, {
      remedy: '`burnline adjust list` has those that are.',
    });
  await store.insertRows('budget_adjustments', [{ id, action: 'revoke', author, reason, ...known }]);
  return { id };
}

interface AddedRow {
  readonly slos: readonly string[];
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly left_out_from: number;
  readonly left_out_to: number;
}

/** At most one of them names anything; neither: all SLOs. */
interface Scope {
  readonly slos: readonly string[];
  readonly service: string;
}

const invalid = (message: string, remedy: string): AppError =>
  new AppError<AdjustmentErrorCode>('ADJUSTMENT_INVALID', message, { remedy });

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= TEXT_LENGTH_MAX;

function textOf(request: AdjustmentRequest, name: string): string {
  const value = request[name];
  if (isText(value)) return value;
  throw invalid(`${name} must be a text of 1 to ${TEXT_LENGTH_MAX} characters`, `Give ${name}.`);
}

function scopeOf({ slos = [], service, all }: AdjustmentRequest): Scope {
  const names = Array.isArray(slos) ? (slos as readonly unknown[]) : [slos];
  const given = [names.length > 0, service !== undefined, all === true].filter(Boolean).length;
  if (given !== 1)
    throw invalid('One scope is to be given, not none and not two', 'Name SLOs, a service, or all SLOs.');
  if (names.length > NAMES_MAX || !names.every(isText))
    throw invalid(`An adjustment names 1 to ${NAMES_MAX} SLOs`, 'Name fewer, a service, or all SLOs.');
  return {
    slos: [...new Set(names)].sort(),
    service: service === undefined ? '' : textOf({ service }, 'service'),
  };
}

function labelsOf({ labels = {} }: AdjustmentRequest): Readonly<Record<string, string>> {
  const isRecord = typeof labels === 'object' && labels !== null && !Array.isArray(labels);
  const entries = isRecord ? Object.entries(labels as Readonly<Record<string, unknown>>) : [];
  if (
    isRecord &&
    entries.length <= LABELS_MAX &&
    entries.every(([name, value]) => isText(name) && isText(value))
  )
    return Object.fromEntries([...entries].sort()) as Readonly<Record<string, string>>;
  throw invalid(
    `Labels are up to ${LABELS_MAX} names of groups, each with a value`,
    'Give each as name=value.',
  );
}

function stretchOf(
  { fromMs, toMs }: AdjustmentRequest,
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(toMs))
    throw invalid('A stretch of time has a start and an end', 'Give both, as times.');
  const [from, to] = [fromMs as number, toMs as number];
  const whole = [floorTo(from, COARSE_EDGE_MS), floorTo(to + COARSE_EDGE_MS - 1, COARSE_EDGE_MS)] as const;
  if (whole[0] !== from || whole[1] !== to)
    throw invalid(
      'A stretch of time begins and ends on whole 5 minutes: finer than that, the past is not kept',
      `Take --from ${whole.map((atMs) => new Date(atMs).toISOString()).join(' --to ')}.`,
    );
  if (from < 0 || from >= to) throw invalid('A stretch of time ends after it begins', 'Check both times.');
  if (to - from > LENGTH_MS_MAX || to > nowMs + LENGTH_MS_MAX)
    throw invalid(
      `A stretch of time is at most ${LENGTH_MS_MAX / DAY_MS} days long, and ends at most so many ahead`,
      'Give a shorter one.',
    );
  return { fromMs: from, toMs: to };
}

interface KnownSlo {
  readonly slo: string;
  readonly of_service: string;
  readonly dims: readonly string[];
}

/** SLOs of spec files of any size that was tried. */
const SLOS_MAX = 100_000;

/** What nobody knows by this name would leave nothing out, and nobody would see it. */
async function checkScope(store: Store, scope: Scope, labels: readonly string[]): Promise<void> {
  const known = await store.query<KnownSlo>(
    `SELECT slo, toString(argMax(service, loaded_at)) AS of_service, argMax(dimensions, loaded_at) AS dims
     FROM slos GROUP BY slo ORDER BY slo LIMIT {limit:UInt32}`,
    { limit: SLOS_MAX },
  );
  for (const name of scope.slos)
    if (!known.some(({ slo }) => isInScope({ slos: [name] }, slo)))
      throw unknown(
        'SLO',
        name,
        known.map(({ slo }) => slo),
      );
  const { service } = scope;
  const services = [...new Set(known.map(({ of_service }) => of_service))];
  if (service !== '' && !services.includes(service)) throw unknown('service', service, services);
  const inScope = known.filter(
    ({ slo, of_service }) =>
      (service === '' || of_service === service) &&
      isInScope({ slos: scope.slos.length === 0 ? null : scope.slos }, slo),
  );
  for (const label of labels)
    if (!inScope.some(({ dims }) => dims.includes(label)))
      throw unknown('field that an SLO in scope groups by', label, [
        ...new Set(inScope.flatMap(({ dims }) => dims)),
      ]);
}

function unknown(what: string, name: string, known: readonly string[]): AppError {
  const nearest = nearestWord(name, known);
  const list = known.length === 0 ? 'there is none' : `there are ${known.slice(0, NAMES_SHOWN).join(', ')}`;
  return new AppError<AdjustmentErrorCode>(
    'ADJUSTMENT_SCOPE_UNKNOWN',
    `No ${what} is named ${name}; ${list}`,
    { remedy: nearest === undefined ? 'Name one of them.' : `Did you mean "${nearest}"?` },
  );
}

async function checkRoom(store: Store, scope: Scope & Pick<AddedRow, 'labels'>): Promise<void> {
  const [row] = await store.query<{
    readonly in_force: number;
    readonly scopes: number;
    readonly alike: number;
  }>(
    `SELECT count() AS in_force, uniqExact(toString((slos_of, service_of, labels_of))) AS scopes,
       countIf(slos_of = {slos:Array(String)} AND service_of = {service:String} AND labels_of = {labels:Map(String, String)}) AS alike
     FROM (SELECT any(slos) AS slos_of, toString(any(service)) AS service_of, any(labels) AS labels_of
           FROM budget_adjustments GROUP BY id HAVING countIf(action = 'revoke') = 0)`,
    { slos: scope.slos, service: scope.service, labels: scope.labels },
  );
  const { in_force: inForce = 0, scopes = 0, alike = 0 } = row ?? {};
  const full = (message: string, remedy: string): AppError =>
    new AppError<AdjustmentErrorCode>('ADJUSTMENTS_FULL', message, { remedy });
  if (inForce >= ADJUSTMENTS_MAX)
    throw full(
      `${ADJUSTMENTS_MAX} adjustments are in force, and no more can be`,
      'Revoke those whose stretches lie before every budget period, or join those that touch.',
    );
  if (alike === 0 && scopes >= SCOPES_MAX)
    throw full(
      `Adjustments of ${SCOPES_MAX} different scopes are in force, and of no more can be`,
      'Take a scope that there is, or a wider one: a service, or all SLOs.',
    );
}
