import { useEffect, useRef, useState, type ReactNode } from 'react';

/** One of several, beside each other. */
export function Segments<Value extends string>({
  label,
  options,
  value,
  onChange,
}: {
  readonly label: string;
  readonly options: readonly { readonly value: Value; readonly text: string }[];
  readonly value: Value | null;
  readonly onChange: (value: Value) => void;
}): ReactNode {
  return (
    <div className="segments" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => {
            onChange(option.value);
          }}
        >
          {option.text}
        </button>
      ))}
    </div>
  );
}

/** A filter by one of the values that there are, each with how many rows have it. */
export function Facet({
  name,
  values,
  value,
  onChange,
}: {
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
  readonly value: string;
  readonly onChange: (value: string | null) => void;
}): ReactNode {
  const options = Object.entries(values).sort(([a], [b]) => a.localeCompare(b));
  return (
    <select
      className="control"
      aria-label={name}
      value={value}
      onChange={(event) => {
        onChange(event.target.value === '' ? null : event.target.value);
      }}
    >
      <option value="">{name}: all</option>
      {value !== '' && !(value in values) ? <option value={value}>{value} (0)</option> : null}
      {options.map(([one, count]) => (
        <option key={one} value={one}>
          {one === '' ? '(none)' : one} ({count})
        </option>
      ))}
    </select>
  );
}

const TYPED_PAUSE_MS = 250;

/** A text that is searched for once nobody types any more. */
export function SearchBox({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string | null) => void;
}): ReactNode {
  const [typed, setTyped] = useState<string | null>(null);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (typed === null) return undefined;
    const timer = setTimeout(() => {
      latest.current(typed);
      setTyped(null);
    }, TYPED_PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [typed]);
  return (
    <input
      className="control"
      type="search"
      aria-label={label}
      placeholder={label}
      value={typed ?? value}
      onChange={(event) => {
        setTyped(event.target.value);
      }}
    />
  );
}
