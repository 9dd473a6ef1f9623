import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Comparison } from '../../../../src/api/contract/index.ts';
import { Empty } from '../../parts/answer.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import {
  formatBurnRate,
  formatCount,
  formatLatency,
  formatNumber,
  formatPercent,
  formatTarget,
  formatUsd,
} from '../../parts/format.ts';
import { sloLink } from '../../parts/links.ts';
import { Section } from '../../parts/page.tsx';
import { Badge, type Tone } from '../../parts/state-badge.tsx';
import { DIMENSION_WORDS } from './compare-choice.ts';
import { compareCommand, gateCommand } from './compare-commands.ts';
import { Interval } from './interval.tsx';

type SloCompared = Comparison['slos'][number];
type Figures = Comparison['figures']['baseline'];

const TONES: Readonly<Record<SloCompared['word'], Tone>> = {
  better: 'good',
  worse: 'bad',
  'same within the margin': 'good',
  'no difference shown': 'quiet',
  'too few events': 'quiet',
};

const ANSWERS: Readonly<
  Record<Comparison['conclusion']['answer'], { readonly word: string; readonly tone: Tone }>
> = {
  yes: { word: 'Yes', tone: 'good' },
  no: { word: 'No', tone: 'bad' },
  'not-yet': { word: 'Not known yet', tone: 'warn' },
  unknown: { word: 'Nothing to go by', tone: 'quiet' },
};

/** What two arms show: first whether the candidate may ship, then by what. */
export function ComparisonResult({
  comparison,
  service,
  stream,
}: {
  readonly comparison: Comparison;
  readonly service: string;
  readonly stream: string;
}): ReactNode {
  const { baseline, candidate, notCompared } = comparison;
  return (
    <>
      <Conclusion comparison={comparison} />
      <Section
        title="By every SLO"
        about="Shares of bad events, and how fast a budget goes at each. The difference is what the events show, and between which bounds it lies, but for the chance above."
      >
        <Slos comparison={comparison} stream={stream} />
        {notCompared.length === 0 ? null : (
          <p className="foot-note">
            Not compared, as their events are neither good nor bad by themselves: {notCompared.join(', ')}.
          </p>
        )}
      </Section>
      <Section title="What their traffic was like" about="Figures beside each other; no verdict is drawn.">
        <FigureTable comparison={comparison} />
      </Section>
      <Evaluators comparison={comparison} />
      <Section title="The same from a shell">
        <div className="stack">
          <CopyText
            text={compareCommand({ ...comparison, service, stream })}
            label="The command that says the same"
          />
          {service === '' ? null : (
            <CopyText
              text={gateCommand({ ...comparison, service, stream })}
              label={`Whether ${service} may ship ${candidate} in place of ${baseline}: budgets, approvals and the calendar are asked too`}
            />
          )}
        </div>
      </Section>
    </>
  );
}

function Conclusion({ comparison }: { readonly comparison: Comparison }): ReactNode {
  const { conclusion, by, baseline, candidate, rule, slos } = comparison;
  const { word, tone } = ANSWERS[conclusion.answer];
  const countOf = (one: SloCompared['word']): number => slos.filter((slo) => slo.word === one).length;
  const words = (Object.keys(TONES) as SloCompared['word'][]).filter((one) => countOf(one) > 0);
  return (
    <section className={`verdict ${tone}`} aria-label="Conclusion">
      <h2>
        May {candidate} replace {baseline}?
      </h2>
      <p className="answer">
        <strong>{word}.</strong> {conclusion.text}
      </p>
      <p className="row">
        {words.map((one) => (
          <Badge key={one} tone={TONES[one]}>
            {countOf(one)} {one}
          </Badge>
        ))}
      </p>
      <p className="dim">
        {by === 'variant'
          ? 'Variants that were assigned at random differ by what they are.'
          : `By ${DIMENSION_WORDS[by]} arms may differ in whom they served, too: an association, no cause.`}{' '}
        All verdicts by SLOs together are wrong with a chance of {formatPercent(rule.alpha, 0)} at most.
        Budgets and calendars may stop a change all the same.
      </p>
    </section>
  );
}

function Slos({
  comparison,
  stream,
}: {
  readonly comparison: Comparison;
  readonly stream: string;
}): ReactNode {
  const { slos, baseline, candidate, rule } = comparison;
  const reach = Math.max(
    rule.margin,
    ...slos.flatMap(({ difference: { low, high } }) => [Math.abs(low), Math.abs(high)]),
  );
  return (
    <DataTable
      label="SLOs by both arms"
      rows={slos}
      rowKey={({ slo }) => slo}
      empty={<Empty title="No SLO to compare by">None of them calls single events good or bad.</Empty>}
      columns={[
        { id: 'slo', head: 'SLO', wraps: true, cell: (one) => <SloCell one={one} stream={stream} /> },
        {
          id: 'verdict',
          head: 'candidate is',
          wraps: true,
          cell: ({ word }) => <Badge tone={TONES[word]}>{word}</Badge>,
        },
        { id: 'difference', head: 'difference', align: 'end', cell: (one) => <Difference one={one} /> },
        {
          id: 'baseline',
          head: <ArmHead what="baseline" name={baseline} />,
          align: 'end',
          cell: (one) => <ArmCell arm={one.baseline} burnRate={one.baselineBurnRate} />,
        },
        {
          id: 'candidate',
          head: <ArmHead what="candidate" name={candidate} />,
          align: 'end',
          cell: (one) => <ArmCell arm={one.candidate} burnRate={one.candidateBurnRate} />,
        },
        {
          id: 'interval',
          head: 'better | worse',
          priority: 2,
          cell: (one) => (
            <Interval
              bounds={one.difference}
              seen={one.seenDifference}
              margin={rule.margin}
              reach={reach}
              tone={TONES[one.word]}
            />
          ),
        },
      ]}
    />
  );
}

function SloCell({ one, stream }: { readonly one: SloCompared; readonly stream: string }): ReactNode {
  const { slo, dimension, targetRatio, isUnweighted } = one;
  return (
    <>
      <Link className="name" href={sloLink({ slo, series: null, stream })}>
        {slo}
      </Link>
      <div className="sub">
        <span>{dimension}</span>
        <span>target {formatTarget(targetRatio)}</span>
        {isUnweighted ? <span>each event counts once here</span> : null}
      </div>
    </>
  );
}

function Difference({
  one: {
    seenDifference,
    difference: { low, high },
  },
}: {
  readonly one: SloCompared;
}): ReactNode {
  return (
    <>
      {seenDifference === null ? '-' : `${points(seenDifference)} points`}
      <div className="dim">
        {points(low)} to {points(high)}
      </div>
    </>
  );
}

/** In percentage points. */
const points = (ratio: number): string => `${ratio > 0 ? '+' : ''}${formatNumber(ratio * 100, 2, [0])}`;

function ArmHead({ what, name }: { readonly what: string; readonly name: string }): ReactNode {
  return (
    <>
      {what}
      <div className="arm-name">{name}</div>
    </>
  );
}

function ArmCell({
  arm: { bad, total, badRatio },
  burnRate,
}: {
  readonly arm: SloCompared['baseline'];
  readonly burnRate: number | null;
}): ReactNode {
  if (badRatio === null) return 'no events';
  return (
    <>
      {formatPercent(badRatio)} bad
      <div className="dim">
        {formatCount(Math.round(bad))} of {formatCount(Math.round(total))}, burns {formatBurnRate(burnRate)}
      </div>
    </>
  );
}

const FIGURES: readonly { readonly name: string; readonly text: (figures: Figures) => string }[] = [
  { name: 'inferences', text: ({ inferences }) => formatCount(inferences) },
  { name: 'did not end well, of those not cancelled', text: ({ errorRatio }) => formatPercent(errorRatio) },
  { name: 'time to first token, p50', text: ({ ttftMs }) => formatLatency(ttftMs?.p50) },
  { name: 'time to first token, p95', text: ({ ttftMs }) => formatLatency(ttftMs?.p95) },
  { name: 'duration, p50', text: ({ durationMs }) => formatLatency(durationMs?.p50) },
  { name: 'duration, p95', text: ({ durationMs }) => formatLatency(durationMs?.p95) },
  {
    name: 'output tokens of an inference',
    text: ({ outputTokens }) => (outputTokens === null ? '-' : formatNumber(outputTokens, 1)),
  },
  {
    name: 'cost of 1,000 inferences',
    text: ({ costNanoUsd }) => formatUsd(costNanoUsd === null ? null : costNanoUsd / 1e6),
  },
];

function FigureTable({
  comparison: { figures, baseline, candidate },
}: {
  readonly comparison: Comparison;
}): ReactNode {
  return (
    <DataTable
      label="Figures of both arms"
      rows={FIGURES}
      rowKey={({ name }) => name}
      empty={null}
      columns={[
        { id: 'name', head: 'figure', wraps: true, cell: ({ name }) => name },
        {
          id: 'baseline',
          head: <ArmHead what="baseline" name={baseline} />,
          align: 'end',
          cell: ({ text }) => text(figures.baseline),
        },
        {
          id: 'candidate',
          head: <ArmHead what="candidate" name={candidate} />,
          align: 'end',
          cell: ({ text }) => text(figures.candidate),
        },
      ]}
    />
  );
}

/** Of evaluators that judged traffic, too. */
const AGREEMENTS: Readonly<Record<Comparison['evaluators'][number]['agreement'], string>> = {
  agree: 'suite and traffic say the same',
  disagree: 'suite and traffic say the opposite',
  insufficient: 'one of them does not tell yet',
};

function Evaluators({
  comparison: { evaluators, baseline, candidate },
}: {
  readonly comparison: Comparison;
}): ReactNode {
  if (evaluators.length === 0) return null;
  const rows = evaluators.flatMap((one) => [
    { ...one, of: 'offline suite', compared: one.offline },
    ...(isSeen(one.online) ? [{ ...one, of: 'traffic', compared: one.online }] : []),
  ]);
  return (
    <Section
      title="Evaluators with offline suites"
      about="What a suite said before beside what traffic says since."
    >
      <DataTable
        label="Evaluators by both arms"
        rows={rows}
        rowKey={({ evaluator, version, dimension, of }) => [evaluator, version, dimension, of].join(' / ')}
        empty={null}
        columns={[
          {
            id: 'evaluator',
            head: 'evaluator',
            wraps: true,
            cell: ({ of, ...one }) => <EvaluatorCell one={one} of={of} />,
          },
          {
            id: 'verdict',
            head: 'candidate is',
            wraps: true,
            cell: ({ compared: { word } }) => (
              <Badge tone={TONES[word]}>{word === 'too few events' ? 'too few verdicts' : word}</Badge>
            ),
          },
          {
            id: 'baseline',
            head: <ArmHead what="baseline" name={baseline} />,
            align: 'end',
            cell: ({ compared }) => failedText(compared.baseline),
          },
          {
            id: 'candidate',
            head: <ArmHead what="candidate" name={candidate} />,
            align: 'end',
            cell: ({ compared }) => failedText(compared.candidate),
          },
        ]}
      />
    </Section>
  );
}

function EvaluatorCell({
  one: { evaluator, version, dimension, agreement },
  of,
}: {
  readonly one: Comparison['evaluators'][number];
  readonly of: string;
}): ReactNode {
  return (
    <>
      <span className="name">{evaluator}</span> {of}
      <div className="sub">
        <span>{version === '' ? 'no version' : version}</span>
        <span>{dimension}</span>
        {of === 'traffic' ? <span>{AGREEMENTS[agreement]}</span> : null}
      </div>
    </>
  );
}

const isSeen = ({ baseline, candidate }: Comparison['evaluators'][number]['online']): boolean =>
  baseline.seen + candidate.seen > 0;

const failedText = ({ badRatio, bad, total }: SloCompared['baseline']): ReactNode =>
  badRatio === null ? (
    'no verdicts'
  ) : (
    <>
      {formatPercent(badRatio, 1)} failed
      <div className="dim">
        {formatCount(Math.round(bad))} of {formatCount(Math.round(total))}
      </div>
    </>
  );
