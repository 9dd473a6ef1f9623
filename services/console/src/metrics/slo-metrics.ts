import { DAY_MS, nominalPeriodMs, ratioToNumber, type WindowCounts } from '@burnline/core';
import { gaugesText, type GaugeSample } from '@burnline/runtime';
import { promDuration } from '@burnline/specs';
import type { BookPage } from '../api/reading/judged-book.ts';
import type { JudgedRow } from '../api/reading/overview-row.ts';

/** Of more series the most urgent are told, and how many are not: a scrape has to have an end. */
const SERIES_MAX = 10_000;
/** Sloth's and Pyrra's rates are over so much. */
const RATE_MS = 300_000;

/** Names that Sloth's rules record and Pyrra exports, and ours; those of windows have their length behind them. */
const HELP = {
  'slo:sli_error:ratio_rate': 'Share of what was bad over a window.',
  'slo:objective:ratio': 'Share of good that the SLO asks for.',
  'slo:error_budget:ratio': 'Share that may be bad.',
  'slo:time_period:days': 'Length of the budget period, days.',
  'slo:current_burn_rate:ratio': 'Burn rate over the shortest window of its alerts.',
  'slo:period_burn_rate:ratio': 'Burn rate over the budget period so far.',
  'slo:period_error_budget_remaining:ratio': 'Share of the budget that is left; below 0 it is overspent.',
  sloth_slo_info: 'The SLO by its labels.',
  pyrra_objective: 'Share of good that the SLO asks for.',
  pyrra_window: 'Length of the budget period, seconds.',
  pyrra_availability: 'Share of good over the budget period so far.',
  'pyrra_requests:rate5m': 'What counts, by the second, over 5 minutes.',
  'pyrra_errors:rate5m': 'What is bad, by the second, over 5 minutes.',
  burnline_slo_series_untold: 'Series beyond the bound of this endpoint, which are not told.',
} as const;

type Labels = Readonly<Record<string, string>>;

/**
 * How SLOs of live streams stand, as Prometheus reads it, under the names of Sloth and of Pyrra, so that the dashboards made for either
 * show them. What nothing was counted for is not told: a gap is no zero.
 */
export function sloMetrics({ rows, progress }: BookPage): Promise<string> {
  const live = new Set(progress.filter(({ clock }) => clock === 'live').map(({ stream }) => stream));
  const judged = rows.filter(({ facts, status }) => status !== null && live.has(facts.stream));
  const untold = Math.max(0, judged.length - SERIES_MAX);
  return gaugesText([
    ...judged.slice(0, SERIES_MAX).flatMap(samplesOf),
    sampleOf('burnline_slo_series_untold', {}, untold),
  ]);
}

function sampleOf(name: keyof typeof HELP, labels: Labels, value: number, suffix = ''): GaugeSample {
  return { name: `${name}${suffix}`, help: HELP[name], labels, value };
}

function samplesOf(judged: JudgedRow): readonly GaugeSample[] {
  const { facts, row } = judged;
  const target = ratioToNumber(facts.target);
  const periodMs = facts.period === null ? null : nominalPeriodMs(facts.period);
  const period = { bad: row.bad, total: row.total };
  const error = errorOf(period);
  const windows = windowsOf(judged);
  const [shortest] = [...windows].sort(([one], [other]) => one - other);
  const [sloth, pyrra] = [slothLabels(judged), { slo: nameOf(judged) }];
  const burnOf = (share: number | null): number | null => (share === null ? null : share / (1 - target));
  const burn = burnOf(error);
  const rates = new Map(windows);
  if (periodMs !== null) rates.set(periodMs, period);
  return [
    ...[...rates].map(([windowMs, counts]) => {
      const window = promDuration(windowMs);
      return sampleOf(
        'slo:sli_error:ratio_rate',
        { ...sloth, sloth_window: window },
        errorOf(counts) ?? NaN,
        window,
      );
    }),
    sampleOf('slo:objective:ratio', sloth, target),
    sampleOf('slo:error_budget:ratio', sloth, 1 - target),
    sampleOf('slo:time_period:days', sloth, periodMs === null ? NaN : periodMs / DAY_MS),
    sampleOf(
      'slo:current_burn_rate:ratio',
      sloth,
      burnOf(shortest === undefined ? null : errorOf(shortest[1])) ?? NaN,
    ),
    sampleOf('slo:period_burn_rate:ratio', sloth, burn ?? NaN),
    sampleOf('slo:period_error_budget_remaining:ratio', sloth, burn === null ? NaN : 1 - burn),
    sampleOf('sloth_slo_info', infoLabels(judged, sloth, target), 1),
    sampleOf('pyrra_objective', pyrra, target),
    sampleOf('pyrra_window', pyrra, periodMs === null ? NaN : periodMs / 1_000),
    sampleOf('pyrra_availability', pyrra, error === null ? NaN : 1 - error),
    ...rateSamples(pyrra, windows.get(RATE_MS)),
  ].filter(({ value }) => Number.isFinite(value));
}

const rateSamples = (labels: Labels, counts: WindowCounts | undefined): readonly GaugeSample[] =>
  counts === undefined
    ? []
    : [
        sampleOf('pyrra_requests:rate5m', labels, (counts.total * 1_000) / RATE_MS),
        sampleOf('pyrra_errors:rate5m', labels, (counts.bad * 1_000) / RATE_MS),
      ];

const errorOf = ({ bad, total }: WindowCounts): number | null => (total === 0 ? null : bad / total);

function windowsOf({ tiers }: JudgedRow): ReadonlyMap<number, WindowCounts> {
  return new Map(
    tiers.flatMap(({ tier, long, short }) => [
      [tier.longWindowMs, long] as const,
      [tier.shortWindowMs, short] as const,
    ]),
  );
}

/** Dashboards know an SLO by its name, so every series of a grouped one is an SLO to them: `chat-ttft (model=gpt-4o)`. */
function nameOf({ row }: JudgedRow): string {
  const labels = Object.entries(row.labels).map(([name, value]) => `${name}=${value}`);
  return labels.length === 0 ? row.slo : `${row.slo} (${labels.join(', ')})`;
}

function slothLabels(judged: JudgedRow): Labels {
  const { stream, service } = judged.row;
  const name = nameOf(judged);
  return { sloth_id: `${service}-${name}`, sloth_service: service, sloth_slo: name, burnline_stream: stream };
}

function infoLabels({ row, facts }: JudgedRow, sloth: Labels, target: number): Labels {
  return {
    ...sloth,
    ...{ sloth_mode: 'burnline', sloth_spec: 'openslo/v1', sloth_objective: `${target * 100}` },
    ...{ track: facts.track, criticality: facts.criticality, team: row.team ?? '' },
  };
}
