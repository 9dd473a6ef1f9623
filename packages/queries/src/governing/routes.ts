import {
  extraOfWeightSql,
  type RouteCount,
  type RouteDimension,
  type RouteRule,
  type RouteState,
} from '@burnline/core';
import { dateTime64OfMs, type Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

/** What a rule of a policy is about. */
export interface RouteScope {
  readonly stream: string;
  readonly service: string;
  readonly policy: string;
  readonly by: RouteDimension;
}

/** More providers, deployments or regions than a gateway chooses from. */
const VALUES_MAX = 1_000;

/** What each value counted in a range of event time: attempts that a provider has to do with, by how they ended. */
export function readRouteCounts(
  store: Store,
  {
    stream,
    service,
    by,
    environments,
    fromMs,
    toMs,
  }: Omit<RouteScope, 'policy'> & Pick<RouteRule, 'environments'> & TimeRange,
): Promise<readonly RouteCount[]> {
  return readWhole<RouteCount>(
    store,
    `SELECT value, sumIf(1000 + extra, is_error) / 1000 AS errors, sum(1000 + extra) / 1000 AS total, toFloat64(count()) AS seen
     FROM (SELECT toString(${by}) AS value, ${extraOfWeightSql('sample_weight')} AS extra,
                  status IN ('error', 'timeout', 'rate_limited', 'malformed') AS is_error
           FROM inferences
           WHERE stream = {stream:String} AND service = {service:String} AND occurred_at >= {from:DateTime('UTC')}
             AND occurred_at < {to:DateTime('UTC')} AND value != '' AND status != 'cancelled'
             AND refused_by IN ('none', 'provider')
             AND (empty({environments:Array(String)}) OR environment IN {environments:Array(String)}))
     GROUP BY value ORDER BY value LIMIT {limit:UInt32}`,
    {
      ...{ stream, service, environments, limit: VALUES_MAX },
      from: dateTimeOfMs(fromMs),
      to: dateTimeOfMs(toMs),
    },
  );
}

/** How the values of a rule stood when it was last looked at; empty: it never was. */
export async function readRouteStates(store: Store, scope: RouteScope): Promise<readonly RouteState[]> {
  const rows = await readWhole<Omit<RouteState, 'isOut'> & { readonly isOut: number }>(
    store,
    `SELECT value, toUInt8(is_out) AS isOut, toUnixTimestamp64Milli(since) AS sinceMs, errors, total, toFloat64(seen) AS seen, out_share AS outShare
     FROM (SELECT *, max(checked_at) OVER () AS newest FROM route_states FINAL
           WHERE stream = {stream:String} AND service = {service:String} AND policy = {policy:String} AND dimension = {by:String})
     WHERE checked_at = newest ORDER BY value LIMIT {limit:UInt32}`,
    { ...scope, limit: VALUES_MAX },
  );
  return rows.map(({ isOut, ...row }) => ({ ...row, isOut: isOut === 1 }));
}

/** Writes down how the values of a rule stand; the same again while nothing changes makes no further rows. */
export function writeRouteStates(
  store: Store,
  { stream, service, policy, by }: RouteScope,
  {
    states,
    environments,
    checkedMs,
    throughMs,
    incomplete,
  }: {
    readonly states: readonly RouteState[];
    readonly environments: RouteRule['environments'];
    readonly checkedMs: number;
    readonly throughMs: number;
    readonly incomplete: string;
  },
): Promise<void> {
  return store.insertRows(
    'route_states',
    states.map(({ value, isOut, sinceMs, errors, total, seen, outShare }) => ({
      ...{ stream, service, policy, dimension: by, value, environments, is_out: isOut, errors, total, seen },
      ...{ incomplete, out_share: outShare },
      since: dateTime64OfMs(sinceMs),
      checked_at: dateTime64OfMs(checkedMs),
      counted_through: dateTime64OfMs(throughMs),
    })),
  );
}

/** One value of a service, as the view `routing` has it. Times are epoch ms. */
export interface Route {
  readonly stream: string;
  readonly service: string;
  readonly policy: string;
  readonly dimension: RouteDimension;
  readonly value: string;
  /** Environments that its rule is of; empty: all. */
  readonly environments: readonly string[];
  readonly isInRotation: boolean;
  readonly isOut: boolean;
  readonly sinceMs: number;
  readonly checkedMs: number;
  readonly countedThroughMs: number;
  readonly errors: number;
  readonly total: number;
  readonly incomplete: string;
}

/** More than all services of a gateway choose from. */
const ROUTES_MAX = 20_000;

/** What gateways may send to now. Rejects with QUERY_TOO_LARGE. */
export function readRouting(
  store: Store,
  { stream, service }: { readonly stream: string; readonly service?: string },
): Promise<readonly Route[]> {
  return readWhole<Route>(
    store,
    `SELECT stream, service, policy, dimension, value, environments, in_rotation AS isInRotation, is_out AS isOut,
            toUnixTimestamp64Milli(since) AS sinceMs, toUnixTimestamp64Milli(checked_at) AS checkedMs,
            toUnixTimestamp64Milli(counted_through) AS countedThroughMs, errors, total, incomplete
     FROM routing
     WHERE stream = {stream:String} AND ({service:String} = '' OR service = {service:String})
     ORDER BY service, policy, dimension, value LIMIT {limit:UInt32}`,
    { stream, service: service ?? '', limit: ROUTES_MAX },
  );
}

/** Services that have SLOs, by name. Rejects with QUERY_TOO_LARGE. */
export async function readServices(store: Store): Promise<readonly string[]> {
  const rows = await readWhole<{ readonly name: string }>(
    store,
    'SELECT DISTINCT toString(service) AS name FROM slos ORDER BY name LIMIT {limit:UInt32}',
    { limit: 10_000 },
  );
  return rows.map(({ name }) => name);
}
