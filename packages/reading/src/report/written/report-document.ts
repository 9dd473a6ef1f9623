import { DAY_MS } from '@burnline/core';
import { instantText, spanText } from '../../forecast/forecast-words.ts';
import { formatCount, formatLabels, formatPercent, formatTarget } from '../../words/format.ts';
import type { Report, ReportBudget, ReportChange } from '../report.ts';
import type { Block } from './report-block.ts';
import { burnDownChart, spendChart } from './report-charts.ts';

interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface ReportDocument {
  readonly title: string;
  readonly lead: string;
  readonly sections: readonly Section[];
}

/** Rows that people read; the JSON has all. */
const ROWS_MAX = 40;
const NANO = 1e9;

const usd = (nanoUsd: number): string =>
  (nanoUsd / NANO).toLocaleString('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 2 });
const text = (words: string): Block => ({ kind: 'text', text: words });
const nameOf = ({ slo, labels }: Pick<ReportBudget, 'slo' | 'labels'>): string =>
  Object.keys(labels).length === 0 ? slo : `${slo} ${formatLabels(labels)}`;
const day = (atMs: number): string => instantText(atMs).slice(0, 10);

/** The report of whoever runs the services. */
export function reportDocument(report: Report): ReportDocument {
  const { cost, costUnread } = report;
  return {
    title: `${report.kind === 'weekly' ? 'Week' : 'Month'} of ${day(report.fromMs)} to ${day(report.toMs - DAY_MS)}`,
    lead: leadOf(report),
    sections: [
      ...restatedSection(report),
      { title: 'Budgets', blocks: budgetBlocks(report) },
      ...compositeSection(report),
      { title: 'Why', blocks: reasonBlocks(report) },
      { title: 'Quality, safety and drift', blocks: modelBlocks(report) },
      { title: 'Alerts', blocks: alertBlocks(report) },
      ...(cost === null
        ? costUnread === null
          ? []
          : [{ title: 'Cost', blocks: [text(`Not read: ${costUnread}`)] }]
        : [{ title: 'Cost', blocks: costBlocks(report, cost) }]),
      { title: 'What is due', blocks: dueBlocks(report) },
    ],
  };
}

/** Figures that the service levels of customers have; what was spent, and how often it alerted, is nobody else's. */
const PROMISED_FIGURES: readonly ReportChange['figure'][] = ['good', 'total'];

/** What a customer was promised, and what was measured: nothing of how it is run. */
export function slaDocument(report: Report): ReportDocument {
  const met = report.budgets.filter(({ isMet }) => isMet === true).length;
  const judged = report.budgets.filter(({ isMet }) => isMet !== null).length;
  return {
    title: `Service levels, ${day(report.fromMs)} to ${day(report.toMs - DAY_MS)}`,
    lead: `${formatLabels(report.labels)}. ${met} of ${judged} promises kept. As measured by ${instantText(report.madeAtMs)} UTC.`,
    sections: [
      ...restatedSection({
        ...report,
        restated: report.restated.filter(({ figure }) => PROMISED_FIGURES.includes(figure)),
      }),
      {
        title: 'Promises',
        blocks: [
          tableOf(
            ['service', 'promise', 'series', 'promised', 'measured', 'good / all', 'kept'],
            report.budgets.map((one) => [
              ...[one.service, one.displayName || one.slo, formatLabels(one.labels)],
              ...countTexts(one, 'good'),
              one.isMet === null ? 'no traffic' : one.isMet ? 'yes' : 'no',
            ]),
          ),
        ],
      },
    ],
  };
}

function leadOf({ stream, labels, coverage, madeAtMs, id, budgets, alerts, alertsLeftOut }: Report): string {
  const kept = id === null ? ', not kept' : ` as ${id}`;
  const missed = budgets.filter(({ isMet }) => isMet === false).length;
  const of = Object.keys(labels).length === 0 ? '' : `, ${formatLabels(labels)}`;
  return [
    `Stream ${stream}${of}: ${missed} of ${budgets.length} series missed their target, ${alerts.length + alertsLeftOut} alerts fired.`,
    `Made ${instantText(madeAtMs)} UTC${kept}${coverage === null ? '' : `; least coverage ${formatPercent(coverage, 0)}`}.`,
  ].join(' ');
}

function restatedSection({ restated, restatedUntold, firstMadeAtMs }: Report): readonly Section[] {
  if (restated.length + restatedUntold === 0 || firstMadeAtMs === null) return [];
  const untold =
    restatedUntold === 0
      ? []
      : [
          text(
            `${formatCount(restatedUntold)} series are in one of both reports alone, since there was no room for all: whether they changed is not known.`,
          ),
        ];
  return [
    {
      title: 'Restated',
      blocks: [
        text(
          `This time was first reported at ${instantText(firstMadeAtMs)} UTC. Figures that are others since:`,
        ),
        tableOf(
          ['what', 'figure', 'said then', 'now'],
          restated.map((one) => [
            one.what,
            FIGURES[one.figure],
            changeText(one, 'before'),
            changeText(one, 'after'),
          ]),
        ),
        ...untold,
      ],
    },
  ];
}

const FIGURES: Readonly<Record<ReportChange['figure'], string>> = {
  good: 'good',
  total: 'all that counts',
  spent: 'budget spent',
  cost: 'spend',
  alerts: 'number',
};

function changeText(change: ReportChange, when: 'before' | 'after'): string {
  const value = change[when];
  if (value === null) return 'none';
  if (change.figure === 'spent') return formatPercent(value, 1);
  return change.figure === 'cost' ? usd(value) : formatCount(value);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): Block {
  return { kind: 'table', head, rows };
}

const BUDGET_HEAD = ['SLO', 'target', 'SLI', 'bad / all', 'spent', 'left before', 'left after', 'state'];

function budgetRow(one: ReportBudget): readonly string[] {
  return [
    ...[nameOf(one), ...countTexts(one, 'bad')],
    ...[one.spentRatio, one.leftBeforeRatio, one.leftAfterRatio].map((ratio) => formatPercent(ratio, 1)),
    one.state,
  ];
}

/** Target, SLI and counts; a composite has them by its parts alone. */
function countTexts(one: ReportBudget, counted: 'good' | 'bad'): readonly string[] {
  if (one.parts !== undefined) return ['by its parts', '-', '-'];
  return [
    ...[formatTarget(one.targetRatio), formatPercent(one.sliRatio)],
    `${formatCount(one[counted])} / ${formatCount(one.total)}`,
  ];
}

/** What each part adds to the budgets that several SLOs have together. */
function compositeSection({ budgets }: Report): readonly Section[] {
  const own = budgets.filter(({ parts }) => parts !== undefined);
  if (own.length === 0) return [];
  const rows = own.flatMap(({ slo, spentRatio, leftAfterRatio, state, parts = [] }) => [
    [slo, '', '', formatPercent(spentRatio, 1), formatPercent(leftAfterRatio, 1), state],
    ...parts.map((part) => [
      ...['', part.slo, `${formatCount(part.bad)} / ${formatCount(part.total)}`],
      ...[formatPercent(part.spentRatio, 1), '', ''],
    ]),
  ]);
  const more = rows.length - ROWS_MAX;
  return [
    {
      title: 'Composites',
      blocks: [
        text('A part adds what it spent of its own budget, times its weight; what all of them add is spent.'),
        tableOf(['composite', 'part', 'bad / all', 'spent', 'left after', 'state'], rows.slice(0, ROWS_MAX)),
        ...(more > 0 ? [text(`${formatCount(more)} more rows are in the JSON.`)] : []),
      ],
    },
  ];
}

function budgetBlocks({ budgets, budgetsLeftOut, burnDowns, fromMs, toMs }: Report): readonly Block[] {
  if (budgets.length === 0) return [text('No SLO was judged in that time.')];
  const more = budgets.length + budgetsLeftOut - ROWS_MAX;
  return [
    text(
      'Spent: of what the time allows, 100 % is all of it. Left: of the budget of the SLO’s own period, when the time began and ended.',
    ),
    ...(burnDowns.length === 0 ? [] : [burnDownChart(burnDowns, { fromMs, toMs })]),
    tableOf(BUDGET_HEAD, budgets.slice(0, ROWS_MAX).map(budgetRow)),
    ...(more > 0 ? [text(`${formatCount(more)} more series spent less.`)] : []),
  ];
}

function reasonBlocks({ budgets }: Report): readonly Block[] {
  const rows = budgets.flatMap((one) =>
    one.reasons.map(({ dimension, value, badShare, trafficShare, excess, method, part }) => [
      ...[part === undefined ? nameOf(one) : `${nameOf(one)}, part ${part}`, `${dimension} ${value}`],
      ...[formatPercent(badShare, 1), formatPercent(trafficShare, 1), excess.toFixed(1), method],
    ]),
  );
  if (rows.length === 0) return [text('Nothing tells the bad events of what spent most from the others.')];
  return [
    text(
      'What the bad events of what spent most have that others have not, of all events, left out or not; only a variant that is assigned at random may be a cause.',
    ),
    tableOf(['SLO', 'where', 'of bad', 'of traffic', 'bad beyond what is usual', 'method'], rows),
  ];
}

const MODEL_DIMENSIONS: readonly string[] = ['quality', 'safety', 'drift'];

function modelBlocks({ budgets }: Report): readonly Block[] {
  const own = budgets.filter(({ dimension }) => MODEL_DIMENSIONS.includes(dimension));
  if (own.length === 0) return [text('No SLO is of quality, safety or drift.')];
  return [tableOf(BUDGET_HEAD, own.slice(0, ROWS_MAX).map(budgetRow))];
}

function alertBlocks({ alerts, alertsLeftOut, alertsOver }: Report): readonly Block[] {
  if (alerts.length === 0) return [text('No alert fired.')];
  const more = alerts.length + alertsLeftOut - ROWS_MAX;
  return [
    text(
      `Median time from the first bad event to the alert: ${detectText(alerts)}; from the alert to its end: ${resolveText(alertsOver, alerts.length + alertsLeftOut)}.`,
    ),
    tableOf(
      ['fired (UTC)', 'severity', 'SLO', 'tier', 'to detect', 'to resolve', 'state'],
      alerts
        .slice(0, ROWS_MAX)
        .map((one) => [
          ...[instantText(one.firedAtMs), one.severity, nameOf(one), one.tier],
          one.detectMs === null ? 'not known' : spanText(one.detectMs),
          one.resolveMs === null ? 'open' : spanText(one.resolveMs),
          one.state,
        ]),
    ),
    ...(more > 0 ? [text(`${formatCount(more)} more fired.`)] : []),
  ];
}

/** Of those that are shown and known; of an even number the lower of both in the middle. */
function detectText(alerts: Report['alerts']): string {
  const known = alerts.flatMap(({ detectMs }) => detectMs ?? []).sort((a, b) => a - b);
  const middle = known[Math.floor((known.length - 1) / 2)];
  return middle === undefined ? 'not known' : `${spanText(middle)} (${known.length} of ${alerts.length})`;
}

function resolveText({ count, resolveMedianMs }: Report['alertsOver'], all: number): string {
  return resolveMedianMs === null ? 'not known' : `${spanText(resolveMedianMs)} (${count} of ${all})`;
}

function costBlocks({ fromMs, toMs }: Report, cost: NonNullable<Report['cost']>): readonly Block[] {
  const { costNanoUsd, requests, unpriced, before, services, days } = cost;
  if (requests === 0) return [text('Nothing was called.')];
  const change =
    before === null
      ? ''
      : `; in the time of the same length before ${before.costNanoUsd === 0 ? 'nothing was' : `${usd(before.costNanoUsd)} were`} spent`;
  return [
    text(
      `${usd(costNanoUsd)} for ${formatCount(requests)} requests, ${formatPercent(unpriced / requests, 1)} of them without a price${change}.`,
    ),
    ...(costNanoUsd === 0 ? [] : [spendChart(days, { fromMs, toMs })]),
    tableOf(
      ['service', 'spent', 'requests'],
      services
        .slice(0, ROWS_MAX)
        .map((one) => [one.service, usd(one.costNanoUsd), formatCount(one.requests)]),
    ),
  ];
}

function dueBlocks({ due }: Report): readonly Block[] {
  if (due.length === 0) return [text('Nothing is due.')];
  return [
    tableOf(
      ['when (UTC)', 'what', 'why'],
      due.map((one) => [one.atMs === null ? 'now' : instantText(one.atMs), one.what, one.text]),
    ),
  ];
}
