import { durationText } from '@burnline/core';
import type { BadCase, IncidentDetail } from '@burnline/queries';
import type { PostmortemFacts } from '../incidents/postmortem.ts';
import { questionsOf } from '../incidents/questions.ts';
import { formatBurnRate, formatCount, formatInstant, formatNumber, formatPercent } from './format.ts';
import { markdownTable, markdownText } from './markdown.ts';
import { shown } from './shown.ts';

/** Values of an attribution that a draft names for each SLO. */
const VALUES_NAMED = 5;
const NANO_USD = 1e9;

/** A draft of a postmortem in Markdown: what rows tell, and places for what only people know. */
export function postmortemText(facts: PostmortemFacts): string {
  const { incident } = facts;
  const sections = [
    heading(incident),
    ['## Timeline (UTC)', '', ...markdownTable(['when', 'what'], timelineOf(facts))],
    ['## Impact', '', ...impactOf(facts)],
    ['## Where the bad events came from', '', ...attributionOf(facts)],
    ['## What was new before', '', ...changesOf(facts)],
    ['## What would have caught it faster', '', ...questionsOf(facts).map((one) => `- ${markdownText(one)}`)],
    [
      ...['## Root cause', '', 'To be written: rows say what came together, and people why.'],
      ...['', '## Action items', ''],
      ...markdownTable(['what', 'kind', 'who', 'until'], actionsOf(facts)),
    ],
    ['## Evaluation cases', '', ...casesOf(facts)],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function heading(incident: IncidentDetail): readonly string[] {
  const roles = Object.entries(incident.roles).sort();
  return [
    `# ${incident.severity}: ${markdownText(incident.service)}, ${formatInstant(incident.openedMs)}`,
    '',
    `Incident ${incident.incident}, ${incident.state}. SLOs: ${incident.slos.map(markdownText).join(', ')}.`,
    ...(roles.length === 0
      ? []
      : ['', ...roles.map(([role, person]) => `- ${markdownText(role)}: ${markdownText(person)}`)]),
  ];
}

const secondsText = (seconds: number | null): string =>
  seconds === null ? 'not known' : durationText(Math.round(seconds) * 1_000);

function timelineOf({ incident, startedMs }: PostmortemFacts): readonly (readonly string[])[] {
  const entries: { readonly atMs: number; readonly what: string }[] = [
    ...(startedMs === null ? [] : [{ atMs: startedMs, what: 'bad events begin, as the panes have it' }]),
    ...incident.alerts.flatMap(({ slo, tier, severity, isPaging, firedMs, overMs, state }) => [
      { atMs: firedMs, what: `${isPaging ? 'page' : 'ticket'} ${severity}: ${slo}, tier ${tier}` },
      ...(overMs === null ? [] : [{ atMs: overMs, what: `${slo}, tier ${tier}: ${state}` }]),
    ]),
    ...(incident.pagedMs === null
      ? []
      : [{ atMs: incident.pagedMs, what: 'a receiver took the first page' }]),
    ...incident.acts.map(({ atMs, action, author, value, person, text }) => ({
      atMs,
      what: [`${action} by ${author}`, value, person, text].filter((part) => part !== '').join(': '),
    })),
  ];
  return entries
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, what }) => [formatInstant(atMs), markdownText(what)]);
}

function impactOf({ incident, toDetectS, range, impact, uncounted }: PostmortemFacts): readonly string[] {
  const { events, users, tenants, eventsWithoutUser, costNanoUsd } = impact;
  const without = eventsWithoutUser === 0 ? '' : ` (${formatCount(eventsWithoutUser)} events name none)`;
  return [
    `From ${formatInstant(range.fromMs)} to ${formatInstant(range.toMs)}, over raw rows:`,
    '',
    ...markdownTable(
      ['measure', 'value'],
      [
        ['bad inferences', formatCount(Math.round(events))],
        ['users hit', `${formatCount(users)}${without}`],
        ['tenants hit', formatCount(tenants)],
        [
          'paid for bad inferences',
          `${formatNumber(costNanoUsd / NANO_USD, { digits: 4, boundaries: [0] })} USD`,
        ],
        ['time to detect', secondsText(toDetectS)],
        ['time to page', secondsText(incident.toPageS)],
        ['time to acknowledge', secondsText(incident.toAcknowledgeS)],
        ['time to resolve', secondsText(incident.toResolveS)],
      ],
    ),
    '',
    ...markdownTable(
      ['SLO', 'series', 'bad', 'of', 'share'],
      impact.series.map(({ slo, labels, bad, total }) => [
        markdownText(slo),
        markdownText(
          Object.entries(labels)
            .map(([name, value]) => `${name}=${value}`)
            .join(' ') || 'all',
        ),
        formatCount(Math.round(bad)),
        formatCount(Math.round(total)),
        formatPercent(total === 0 ? null : bad / total, 1),
      ]),
    ),
    ...(uncounted.length === 0
      ? []
      : [
          '',
          `Not of single events, or of series that cannot be found by what alerts keep of their labels, so not counted here: ${uncounted.map(markdownText).join(', ')}.`,
        ]),
  ];
}

function attributionOf(facts: PostmortemFacts): readonly string[] {
  const unread = facts.unread.map((one) => `- Not read: ${markdownText(one)}`);
  return [...partsOf(facts), ...findingsOf(facts), ...(unread.length === 0 ? [] : ['', ...unread])];
}

/** What each part of a composite burnt of it. */
function partsOf({ composites }: PostmortemFacts): readonly string[] {
  return composites.flatMap(({ slo, parts }) => [
    `${markdownText(slo)} counts nothing itself; its parts, each by its own events, over all of its series:`,
    '',
    ...markdownTable(
      ['part', 'bad', 'of', 'adds to the burn rate'],
      parts.map((part) => [
        ...[markdownText(part.slo), formatCount(Math.round(part.bad)), formatCount(Math.round(part.total))],
        formatBurnRate(part.burnRate),
      ]),
    ),
    '',
  ]);
}

function findingsOf({ attributions }: PostmortemFacts): readonly string[] {
  const rows = attributions.flatMap(({ slo, part, found }) =>
    found.values
      .filter(({ excess }) => excess > 0)
      .slice(0, VALUES_NAMED)
      .map((one) => [
        markdownText(part ?? slo),
        `${markdownText(one.dimension)} ${markdownText(one.value)}`,
        formatPercent(one.badShare, 1),
        formatPercent(one.trafficShare, 1),
        formatCount(Math.round(one.excess)),
        one.method,
      ]),
  );
  const causes = attributions.flatMap(({ found }) => found.causes);
  if (attributions.length === 0) return ['No SLO of it could be looked at.'];
  if (rows.length === 0) return ['Nothing tells the bad events from the others.'];
  return [
    ...markdownTable(['SLO', 'value', 'of bad', 'of traffic', 'excess', 'method'], rows),
    '',
    causes.length === 0
      ? 'All of this is association; nothing here was assigned at random and shown to fail more often.'
      : `Assigned at random, and shown to fail more often: variant ${causes.map(markdownText).join(', ')}.`,
  ];
}

function changesOf({ changes }: PostmortemFacts): readonly string[] {
  if (changes.length === 0) return ['Nothing was new within the day before, or in that time.'];
  return markdownTable(
    ['what', 'value', 'first seen'],
    changes.map(({ what, value, firstMs }) => [what, markdownText(value), formatInstant(firstMs)]),
  );
}

function actionsOf({ changes, cases }: PostmortemFacts): readonly (readonly string[])[] {
  const [newest] = changes;
  return [
    ...(newest === undefined
      ? []
      : [[`Decide on ${newest.what} ${markdownText(newest.value)}: keep or roll back`, 'mitigate', '', '']]),
    ...(cases.length === 0 ? [] : [['Add the cases below to the suite', 'prevent', '', '']]),
    ['Answer the questions above', 'detect', '', ''],
  ];
}

/** A string of YAML that a terminal can only show, and that ends no block. */
const quoted = (text: string): string => JSON.stringify(shown(text)).replaceAll('`', String.raw`\u0060`);

function casesOf({ incident, cases }: PostmortemFacts): readonly string[] {
  if (cases.length === 0) return ['No single bad event is kept.'];
  return [
    'One of each kind first. Burnline keeps no prompts and no answers: take them from your traces, by these ids.',
    '',
    '```yaml',
    `suite: ${quoted(incident.service)}`,
    'cases:',
    ...cases.flatMap((one, index) => caseOf(incident, one, index)),
    '```',
  ];
}

function caseOf({ incident }: IncidentDetail, one: BadCase, index: number): readonly string[] {
  return [
    `  - id: ${incident}-${index + 1}`,
    `    event_id: ${one.eventId}`,
    `    request_id: ${quoted(one.requestId)}`,
    `    occurred_at: ${new Date(one.atMs).toISOString()}`,
    `    prompt: { name: ${quoted(one.promptName)}, version: ${quoted(one.promptVersion)} }`,
    `    model: { provider: ${quoted(one.provider)}, served: ${quoted(one.modelServed)} }`,
    `    observed: { status: ${quoted(one.status)}, error_type: ${quoted(one.errorType)} }`,
    '    input: null',
    '    expected: null',
  ];
}
