import { writeUrlState } from './url-state.ts';

/** Addresses of the console's pages. All lie at one depth, so that relative references are right behind any prefix. */

/** Of a stream that is not the live one an address says its name. */
const LIVE = 'live';
const named = (stream: string): string | null => (stream === LIVE ? null : stream);

interface SeriesName {
  readonly slo: string;
  /** Null: all of them. */
  readonly series: string | null;
  readonly stream: string;
}

export function sloLink(
  { slo, series, stream }: SeriesName,
  more: Readonly<Record<string, string>> = {},
): string {
  return `/slo?${writeUrlState(more, { slo, series, stream: named(stream) })}`;
}

export function alertLink(id: string): string {
  return `/alert?${writeUrlState({}, { id })}`;
}

/** Where the alerts of a series, or of an SLO, are silenced. */
export function silenceLink({
  slo,
  labels,
}: {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
}): string {
  const label = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
  return `/silence?${writeUrlState({}, { slo, label })}`;
}

export function eventLink(id: string, stream: string): string {
  return `/event?${writeUrlState({}, { id, stream: named(stream) })}`;
}

export function overviewLink(filters: Readonly<Record<string, string | null>>): string {
  return `/?${writeUrlState({}, filters)}`;
}

/** Events that pass all of these tests, each FIELD, an operator and a value. */
export function eventsLink(
  where: readonly string[],
  more: Readonly<Record<string, string | null>> = {},
): string {
  return `/events?${writeUrlState({}, { ...more, where: where.join('\n') })}`;
}

/** Two arms side by side; what is not named the page chooses. */
export function compareLink(named: {
  readonly service?: string | null;
  readonly stream?: string | undefined;
  readonly by?: string | undefined;
  readonly candidate?: string;
  readonly from?: string;
  readonly to?: string;
}): string {
  const { stream, by, candidate, from, to, service } = named;
  return `/compare?${writeUrlState(
    {},
    {
      ...{ by: by ?? null, candidate: candidate ?? null, from: from ?? null, to: to ?? null },
      ...{ service: service ?? null, stream: stream === LIVE ? null : (stream ?? null) },
    },
  )}`;
}
