import { hasLabels } from '../panes/labels.ts';

/** Alerts whose receivers are not told while it is in force. */
export interface SilenceScope {
  /** Names of SLOs, or what stands before the `/` of several objectives' names; empty: any. */
  readonly slos: readonly string[];
  /** Empty: any. */
  readonly service: string;
  /** Group values that a series must have; empty: any series. */
  readonly labels: Readonly<Record<string, string>>;
  /** Empty: any. */
  readonly severities: readonly string[];
}

/** What a silence is asked about. */
interface Scoped {
  readonly slo: string;
  readonly service: string;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether a silence speaks of a series, whatever its alerts' severities: everything that it names is so. */
export function isSeriesInScope(
  { slos, service, labels }: SilenceScope,
  series: Omit<Scoped, 'severity'>,
): boolean {
  return (
    (slos.length === 0 || slos.some((name) => series.slo === name || series.slo.startsWith(`${name}/`))) &&
    (service === '' || service === series.service) &&
    hasLabels(series.labels, labels)
  );
}

/** Whether it speaks of an alert. */
export const isAlertInScope = (scope: SilenceScope, alert: Scoped): boolean =>
  (scope.severities.length === 0 || scope.severities.includes(alert.severity)) &&
  isSeriesInScope(scope, alert);
