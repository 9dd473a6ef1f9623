import type { Contribution, DecisionRecord, PolicyEvidence } from '@burnline/contracts';
import { cutText, oneLine } from '../cut-text.ts';
import type { Link, Notice } from './notice.ts';
import { knownOf, labelsText, numberText, partsOf, partsText, percentText, shareText } from './words.ts';

/** Of one fact, in characters: what is longer tells nobody more at night. */
const FACT_LENGTH_MAX = 200;
const SHARES_LENGTH_MAX = 500;
/** Of parts. */
const PARTS_NAMED = 8;

/** One thing that is known of an alert, for people. */
export interface Fact {
  readonly name: string;
  readonly text: string;
}

/** What is known of an alert, most telling first; each in one line of at most 500 characters. */
export function factsOf(notice: Notice): readonly Fact[] {
  const { evidence, ending } = notice.telling.decision;
  if (evidence.policy !== undefined) return policyFactsOf(notice.telling.decision, evidence.policy);
  const { attribution, budgetRemaining } = knownOf(notice);
  const facts = factsIn([
    ['Service', evidence.service],
    ['SLO', evidence.slo],
    ['Series', labelsText(notice.telling.decision)],
    ['Severity', `${evidence.severity} (${evidence.urgency ?? 'page'})`],
    ['Burn', burnText(notice)],
    ['Budget left', budgetRemaining === null ? '' : percentText(budgetRemaining)],
    ['Target', evidence.target],
    ['Coverage', percentText(evidence.coverage)],
    ['Ended by', ending?.by ?? ''],
    ['Reason', ending?.reason ?? ''],
  ]);
  const told = partFactsOf(notice) ?? [{ name: 'Bad events are of', text: sharesText(attribution) }];
  return [...facts, ...told].filter(({ text }) => text !== '');
}

const sharesText = (shares: readonly Contribution[]): string =>
  cutText(oneLine(shares.map(shareText).join(', ')), SHARES_LENGTH_MAX);

/** Of a composite: what each part burns of it, and where the bad events of the one that burns most came from, as far as that was read in time. */
function partFactsOf(notice: Notice): readonly Fact[] | null {
  const parts = partsOf(notice);
  if (parts === null) return null;
  const { burns, values, worst, isUnread } = parts;
  const named = cutText(oneLine(partsText(parts, PARTS_NAMED)), SHARES_LENGTH_MAX);
  if (burns.length === 0)
    return [{ name: 'Parts', text: `${named} (what each burns could not be read in time)` }];
  const text = isUnread ? 'could not be read in time' : sharesText(values);
  return [
    { name: 'Parts', text: named },
    {
      name: cutText(oneLine(`Bad events of ${worst ?? ''} are of`), FACT_LENGTH_MAX),
      text: worst === null ? '' : text,
    },
  ];
}

/** Where bad events came from in one line, for receivers that have a field for it; empty where that is not known. */
export function whereText(notice: Notice): string {
  const parts = partFactsOf(notice)?.filter(({ text }) => text !== '');
  return parts === undefined
    ? knownOf(notice).attribution.map(shareText).join(', ')
    : parts.map(({ name, text }) => `${name}: ${text}`).join('; ');
}

const factsIn = (given: readonly (readonly string[])[]): readonly Fact[] =>
  given.map(([name = '', text = '']) => ({ name, text: cutText(oneLine(text), FACT_LENGTH_MAX) }));

function policyFactsOf(decision: DecisionRecord, policy: PolicyEvidence): readonly Fact[] {
  const { service, coverage } = decision.evidence;
  const { name, level, stands, slo, spent, liftBelow, stops } = policy;
  return factsIn([
    ['Service', service],
    ['Policy', name],
    ['Level', level],
    ['Stands at', stands ?? ''],
    ['SLO', slo],
    ['Series', labelsText(decision)],
    ['Budget spent', spent === null ? '' : percentText(spent)],
    ['Left below', liftBelow === null ? '' : percentText(liftBelow)],
    ['Stops', stops.join(', ')],
    ['Coverage', percentText(coverage)],
    ['Reason', decision.ending?.reason ?? ''],
  ]).filter(({ text }) => text !== '');
}

const BURN_WORD_TEXTS = {
  critical: 'critical: long and short window over',
  recovering: 'recovering: long window over, short one not',
  increasing: 'increasing: short window over, long one not yet',
  acceptable: 'acceptable: neither window over',
} as const;

function burnText({ telling: { decision } }: Notice): string {
  const { burnRate, burnWord } = decision.evidence;
  const rate = burnRate === undefined ? [] : [`${numberText(burnRate.long)}x`];
  return [...rate, ...(burnWord === undefined ? [] : [BURN_WORD_TEXTS[burnWord]])].join(', ');
}

/** Of one series among several: its labels and what it counted, in one line. */
export function seriesText({ telling: { decision } }: Notice): string {
  const { long, burnRate } = decision.evidence;
  const rate = burnRate === undefined ? '' : `, ${numberText(burnRate.long)}x`;
  const labels = cutText(oneLine(labelsText(decision)), FACT_LENGTH_MAX);
  return `${labels}: ${long.bad} of ${long.total} bad${rate}`;
}

/** The command that shows how things stood. */
export function commandOf({ at, evidence }: DecisionRecord): string {
  if (evidence.policy !== undefined)
    return `burnline gate --service ${evidence.service} --change feature --stream ${evidence.stream} --as-of ${new Date(at).toISOString()}`;
  return `burnline status --stream ${evidence.stream} --as-of ${new Date(at).toISOString()}`;
}

/** What whoever is told may open, the console first; none longer than the receiver takes. */
export function linksOf({ telling, page }: Notice, lengthMax: number): readonly Link[] {
  const runbook = runbookOf(telling.decision, lengthMax);
  return [
    ...(page !== undefined && page.href.length <= lengthMax ? [page] : []),
    ...(runbook === null ? [] : [{ name: 'runbook', href: runbook, text: 'Runbook' } as const]),
  ];
}

/** Where what to do is written down; null where that is no address that a button may open. */
function runbookOf({ evidence: { runbook } }: DecisionRecord, lengthMax: number): string | null {
  if (runbook === undefined || runbook.length > lengthMax) return null;
  return /^https?:\/\//.test(runbook) && URL.canParse(runbook) ? runbook : null;
}
