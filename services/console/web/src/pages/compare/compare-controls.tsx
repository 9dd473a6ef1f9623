import type { ReactNode } from 'react';
import type { Arms } from '../../../../src/api/contract/index.ts';
import { formatCount, formatInstant } from '../../parts/format.ts';
import { useUrlState } from '../../parts/use-url-state.ts';
import { DIMENSION_WORDS, DIMENSIONS, type Choice } from './compare-choice.ts';

/** As the gate takes it: without one most SLOs show nothing for days. */
export const MARGIN_DEFAULT = '0.02';
const MARGINS = [
  { value: '0', text: 'none: any counts' },
  { value: '0.005', text: '0.5 % of events' },
  { value: '0.01', text: '1 % of events' },
  { value: '0.02', text: '2 % of events' },
  { value: '0.05', text: '5 % of events' },
] as const;

/** How much more may be bad before anybody minds. */
function Margin(): ReactNode {
  const [state, change] = useUrlState();
  const margin = state['margin'] ?? MARGIN_DEFAULT;
  return (
    <label className="field">
      <span>Difference that does not matter</span>
      <select
        className="control"
        value={margin}
        onChange={(event) => {
          change({ margin: event.target.value });
        }}
      >
        {MARGINS.some(({ value }) => value === margin) ? null : <option>{margin}</option>}
        {MARGINS.map(({ value, text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What tells the arms apart, and which two. */
export function ArmControls({
  arms,
  choice,
}: {
  readonly arms: Arms['arms'];
  readonly choice: Choice;
}): ReactNode {
  const [, change] = useUrlState();
  const { by, baseline, candidate } = choice;
  const own = arms.filter((arm) => arm.by === by);
  return (
    <div className="panel">
      <div className="body fields top">
        <Dimension arms={arms} by={by} />
        <ArmSelect
          name="Baseline: what runs"
          arms={own}
          value={baseline}
          onChange={(value) => {
            change({ by, baseline: value, candidate });
          }}
        />
        <ArmSelect
          name="Candidate: what may replace it"
          arms={own}
          value={candidate}
          onChange={(value) => {
            change({ by, baseline, candidate: value });
          }}
        />
        <Margin />
      </div>
      <div className="body">
        <button
          type="button"
          className="button small"
          disabled={baseline === null || candidate === null}
          onClick={() => {
            change({ by, baseline: candidate, candidate: baseline });
          }}
        >
          Swap baseline and candidate
        </button>
      </div>
    </div>
  );
}

function Dimension({ arms, by }: Pick<Choice, 'by'> & { readonly arms: Arms['arms'] }): ReactNode {
  const [, change] = useUrlState();
  return (
    <label className="field">
      <span>What differs</span>
      <select
        className="control"
        value={by}
        onChange={(event) => {
          change({ by: event.target.value, baseline: null, candidate: null });
        }}
      >
        {DIMENSIONS.map((one) => (
          <option key={one} value={one}>
            {DIMENSION_WORDS[one]} ({arms.filter((arm) => arm.by === one).length})
          </option>
        ))}
      </select>
    </label>
  );
}

function ArmSelect({
  name,
  arms,
  value,
  onChange,
}: {
  readonly name: string;
  readonly arms: Arms['arms'];
  readonly value: string | null;
  readonly onChange: (value: string) => void;
}): ReactNode {
  const chosen = arms.find(({ arm }) => arm === value);
  return (
    <label className="field">
      <span>{name}</span>
      <select
        className="control"
        value={value ?? ''}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      >
        {value === null ? <option value="">none</option> : null}
        {value !== null && chosen === undefined ? <option value={value}>{value} (0)</option> : null}
        {arms.map(({ arm, inferences }) => (
          <option key={arm} value={arm}>
            {arm} ({formatCount(inferences)})
          </option>
        ))}
      </select>
      <span className="dim">
        {chosen === undefined
          ? value !== null && 'not seen in this time'
          : `seen from ${formatInstant(chosen.firstMs)} to ${formatInstant(chosen.lastMs)} UTC`}
      </span>
    </label>
  );
}
