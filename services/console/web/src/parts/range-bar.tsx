import { useState, type ReactNode } from 'react';
import { Segments } from './controls.tsx';
import { inputOfMs, msOfInput, type Preset } from './range.ts';

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The stretch that is shown: by its length to the end of what is judged, or from and to by hand. */
export function RangeBar({
  presets,
  last,
  range,
  shown,
  onLast,
  onRange,
}: {
  readonly presets: readonly Preset[];
  /** Length of the preset that is chosen, ms; null for a stretch of one's own. */
  readonly last: number | null;
  /** The stretch of one's own; null for a preset. */
  readonly range: Range | null;
  /** What the answer on the page is of. */
  readonly shown: Range | null;
  readonly onLast: (lengthMs: number) => void;
  readonly onRange: (range: Range) => void;
}): ReactNode {
  return (
    <div className="row range-bar">
      <Segments
        label="Stretch of time"
        options={presets.map(({ text, lengthMs }) => ({ text, value: String(lengthMs) }))}
        value={range === null && last !== null ? String(last) : null}
        onChange={(value) => {
          onLast(Number(value));
        }}
      />
      {shown === null ? null : (
        <OwnRange
          key={`${inputOfMs(shown.fromMs)} ${inputOfMs(shown.toMs)}`}
          shown={shown}
          onRange={onRange}
        />
      )}
    </div>
  );
}

function OwnRange({
  shown,
  onRange,
}: {
  readonly shown: Range;
  readonly onRange: (range: Range) => void;
}): ReactNode {
  const [from, setFrom] = useState(inputOfMs(shown.fromMs));
  const [to, setTo] = useState(inputOfMs(shown.toMs));
  const [fromMs, toMs] = [msOfInput(from), msOfInput(to)];
  const isChanged = from !== inputOfMs(shown.fromMs) || to !== inputOfMs(shown.toMs);
  const isRange = fromMs !== null && toMs !== null && fromMs < toMs;
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (isRange) onRange({ fromMs, toMs });
      }}
    >
      <input
        className="control"
        type="datetime-local"
        aria-label="From, UTC"
        value={from}
        onChange={(event) => {
          setFrom(event.target.value);
        }}
      />
      <span className="dim">to</span>
      <input
        className="control"
        type="datetime-local"
        aria-label="To, UTC"
        value={to}
        onChange={(event) => {
          setTo(event.target.value);
        }}
      />
      <span className="dim">UTC</span>
      {isChanged ? (
        <button type="submit" className="button" disabled={!isRange}>
          Show
        </button>
      ) : null}
    </form>
  );
}
