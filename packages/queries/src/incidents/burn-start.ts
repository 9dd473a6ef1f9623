import type { ExactRatio } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { dateTimeOfMs } from '../sql-values.ts';
import type { IncidentAlert } from './incidents.ts';

/** A tier that fires where all is bad has a share of 1, which no event could speak against. */
const SHARE_MAX = 0.999;

/**
 * When what an alert fired for is most likely to have begun, epoch ms, to a pane of 10 s: the change point of Page's CUSUM over its long
 * window, from a share of bad events that just spends the budget to the one at which its tier fires. Null where the panes are gone, 8 days
 * later, or where they count no events.
 */
export async function readBurnStart(
  store: Store,
  {
    alert,
    stream,
    target,
  }: { readonly alert: IncidentAlert; readonly stream: string; readonly target: ExactRatio },
): Promise<number | null> {
  const { slo, specRev, labels, firedMs, longMs, factor } = alert;
  const [row] = await store.query<{ start_ms: number }>(START_SQL, {
    ...{ stream, slo, spec_rev: specRev, labels },
    from: dateTimeOfMs(Math.max(0, firedMs - longMs)),
    to: dateTimeOfMs(firedMs),
    allowed: allowedShare((target.denominator - target.numerator) / target.denominator, factor),
  });
  return row?.start_ms ?? null;
}

/** The share of bad events that is as likely on the budget as where the tier fires: more of them speak for the latter. */
function allowedShare(budget: number, factor: number): number {
  const burning = Math.min(budget * factor, SHARE_MAX);
  if (budget === 0 || burning <= budget) return burning;
  const good = Math.log((1 - budget) / (1 - burning));
  return good / (good + Math.log(burning / budget));
}

const START_SQL = `
SELECT toFloat64(toUnixTimestamp(pane)) * 1000 AS start_ms
FROM (
  SELECT pane, sum(excess) OVER (ORDER BY pane DESC) AS excess_since
  FROM (
    SELECT pane, sum(bad) - {allowed:Float64} * sum(total) AS excess FROM slo_pane_revisions
    WHERE stream = {stream:String} AND slo = {slo:String} AND spec_rev = {spec_rev:String}
      AND mapSort(labels) = mapSort({labels:Map(String, String)})
      AND pane >= {from:DateTime('UTC')} AND pane < {to:DateTime('UTC')}
    GROUP BY pane
  )
)
WHERE excess_since > 0
ORDER BY excess_since DESC, pane DESC LIMIT 1`;
