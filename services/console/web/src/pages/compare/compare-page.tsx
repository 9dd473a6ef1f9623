import type { ReactNode } from 'react';
import type { Arms, Comparison, Overview } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { Page } from '../../parts/page.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { useWindow, WindowBar } from '../../parts/use-window.tsx';
import { choiceOf, DIMENSION_WORDS, type Choice } from './compare-choice.ts';
import { ArmControls, MARGIN_DEFAULT } from './compare-controls.tsx';
import { ComparisonResult } from './compare-result.tsx';

/** As the gate compares. */
const WEEK_MS = 7 * 86_400_000;

/** Two arms side by side by everything that is promised: whether the second one may take the place of the first. */
export function ComparePage(): ReactNode {
  const [state] = useUrlState();
  const shown = useWindow(WEEK_MS);
  const isAsked = shown !== null;
  const service = state['service'] ?? '';
  const range = { stream: shown?.stream, service, from: shown?.fromMs, to: shown?.toMs };
  const arms = useAnswer<Arms>('compare/arms', range, { isAsked });
  const services = useAnswer<Overview>('overview', { stream: shown?.stream, limit: 1 }, { isAsked });
  return (
    <Page
      title="Compare"
      asOf={arms.data?.about}
      about="Whether a candidate (a model, a prompt, a deployment) does worse than what it replaces, by every SLO. Of a stretch whose beginning stays, look as often as you like: the bounds hold at every moment."
    >
      <div className="filters">
        <Service names={Object.keys(services.data?.facets.service ?? {})} service={service} />
        <span className="grow" />
        <WindowBar shown={shown} defaultLengthMs={WEEK_MS} />
      </div>
      <Answer of={arms}>
        {(answer) => {
          const choice = choiceOf(state, answer);
          return (
            <div aria-busy={arms.isPlaceholderData} className="stack">
              <ArmControls arms={answer.arms} choice={choice} />
              <Compared choice={choice} range={range} />
            </div>
          );
        }}
      </Answer>
    </Page>
  );
}

function Service({
  names,
  service,
}: {
  readonly names: readonly string[];
  readonly service: string;
}): ReactNode {
  const [, change] = useUrlState();
  const all = [...new Set([...names, ...(service === '' ? [] : [service])])].sort();
  return (
    <select
      className="control"
      aria-label="Service"
      value={service}
      onChange={(event) => {
        change({ service: event.target.value });
      }}
    >
      <option value="">service: all</option>
      {all.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

function Compared({
  choice,
  range,
}: {
  readonly choice: Choice;
  readonly range: Readonly<Record<'stream' | 'service' | 'from' | 'to', string | number | undefined>>;
}): ReactNode {
  const [state] = useUrlState();
  const { by, baseline, candidate } = choice;
  const isNamed = baseline !== null && candidate !== null && baseline !== candidate;
  const asked = useAnswer<Comparison>(
    'compare',
    { ...range, by, baseline, candidate, margin: state['margin'] ?? MARGIN_DEFAULT },
    { isAsked: isNamed },
  );
  if (!isNamed)
    return (
      <div className="table-box empty">
        <Empty title="There are no two to compare">
          {baseline === null || candidate === null
            ? `In this time events have fewer than two values of ${DIMENSION_WORDS[by]}: choose another one, another service or a longer time.`
            : 'Baseline and candidate are the same: choose two.'}
        </Empty>
      </div>
    );
  return (
    <Answer of={asked}>
      {(comparison) => (
        <div aria-busy={asked.isPlaceholderData}>
          <ComparisonResult
            comparison={comparison}
            service={String(range.service ?? '')}
            stream={String(range.stream)}
          />
        </div>
      )}
    </Answer>
  );
}
