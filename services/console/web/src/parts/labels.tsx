import type { ReactNode } from 'react';
import { Link } from 'wouter';

/** Labels as chips; where they are given a place to go, each filters by itself. */
export function Labels({
  labels,
  hrefOf,
}: {
  readonly labels: Readonly<Record<string, string>>;
  readonly hrefOf?: (name: string, value: string) => string;
}): ReactNode {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <span className="chips">
      {entries.map(([name, value]) => {
        const text = (
          <>
            <span className="dim">{name}</span> {value === '' ? '(none)' : value}
          </>
        );
        return hrefOf === undefined ? (
          <span key={name} className="chip">
            {text}
          </span>
        ) : (
          <Link key={name} className="chip" href={hrefOf(name, value)}>
            {text}
          </Link>
        );
      })}
    </span>
  );
}
