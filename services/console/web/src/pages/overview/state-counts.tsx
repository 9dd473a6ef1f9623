import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { STATE_WORDS } from '../../parts/state-badge.tsx';
import { formatCount } from '../../parts/format.ts';
import type { UrlState } from '../../parts/url-state.ts';
import type { ChangeUrl } from '../../parts/use-url-state.ts';
import type { Overview, State } from '../../../../src/api/contract/index.ts';

const ORDER: readonly State[] = [
  'breached',
  'at_risk',
  'ok',
  'no_data',
  'no_traffic',
  'measures_nothing',
  'backfilling',
];

/** What burns, which leads to its alerts; and how many rows are in which state: each is a filter, a second click takes it away. */
export function StateCounts({
  overview: { counts },
  state,
  onChange,
}: {
  readonly overview: Overview;
  readonly state: UrlState;
  readonly onChange: ChangeUrl;
}): ReactNode {
  return (
    <div className="counts" role="group" aria-label="Filter by state">
      <Link href="/alerts" className={`count${counts.firing === 0 ? ' zero' : ''}`}>
        <b className={counts.firing === 0 ? undefined : 'tone-bad'}>{formatCount(counts.firing)}</b>
        <span>burning now</span>
      </Link>
      {ORDER.filter((one) => one !== 'backfilling' || counts.state[one] > 0).map((one) => (
        <Count
          key={one}
          word={STATE_WORDS[one].word}
          tone={STATE_WORDS[one].tone}
          count={counts.state[one]}
          isPressed={state['state'] === one}
          onClick={() => {
            onChange({ state: state['state'] === one ? null : one });
          }}
        />
      ))}
    </div>
  );
}

function Count({
  word,
  tone,
  count,
  isPressed,
  onClick,
}: {
  readonly word: string;
  readonly tone: string;
  readonly count: number;
  readonly isPressed: boolean;
  readonly onClick: () => void;
}): ReactNode {
  return (
    <button
      type="button"
      className={`count${count === 0 ? ' zero' : ''}`}
      aria-pressed={isPressed}
      onClick={onClick}
    >
      <b className={count === 0 ? undefined : `tone-${tone}`}>{formatCount(count)}</b>
      <span>{word}</span>
    </button>
  );
}
