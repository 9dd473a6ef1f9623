import type { Severity } from './severities.ts';

/** Which receivers are told of an alert, and of which alerts. */
export interface AlertRoute {
  /** Of the notification target, or of the service, that says so. */
  readonly name: string;
  /** Receivers by the names that their settings give them; one at least. */
  readonly receivers: readonly string[];
  /** Absent: of any severity. */
  readonly severities?: readonly Severity[];
  /** Group values that the series must have; empty: any series. */
  readonly labels: Readonly<Record<string, string>>;
  /** Environments that the alert may be of; absent: of any, and of several at once. */
  readonly environments?: readonly string[];
}
