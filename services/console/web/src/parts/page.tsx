import { useEffect, useRef, type ReactNode } from 'react';
import type { About } from '../../../src/api/contract/index.ts';
import { useFreshness } from '../api/live.ts';
import { formatDuration, formatPercent } from './format.ts';

/** A page that was just loaded begins with the link past the navigation; who goes on from there begins with the page's name. */
let isLoaded = false;

/** The head of a page: its name, what it answers, and of when its figures are. */
export function Page({
  title,
  about,
  asOf,
  crumbs,
  aside,
  children,
}: {
  readonly title: string;
  readonly about?: ReactNode;
  /** Of the page's main answer; absent until it came. */
  readonly asOf?: About | undefined;
  readonly crumbs?: ReactNode;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} - Burnline`;
  }, [title]);
  useEffect(() => {
    if (isLoaded) heading.current?.focus({ preventScroll: true });
    isLoaded = true;
  }, []);
  return (
    <>
      <header className="page-head">
        <div className="title">
          {crumbs === undefined ? null : <div className="crumbs">{crumbs}</div>}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {about === undefined ? null : <p className="about">{about}</p>}
        </div>
        <div>
          {aside}
          {asOf === undefined ? null : <Stamp about={asOf} />}
        </div>
      </header>
      {children}
    </>
  );
}

/** Of when figures are, how far behind the present they lie, and how complete the data behind them is. */
function Stamp({ about }: { readonly about: About }): ReactNode {
  const isStream = useFreshness() === 'stream';
  return (
    <p className="stamp">
      <span>
        <i className={`dot${isStream ? ' live' : ''}`} />
        as of <time dateTime={about.asOf}>{about.asOf.slice(0, 19).replace('T', ' ')}</time> UTC
      </span>
      {about.lagMs === null ? null : <span>{formatDuration(about.lagMs)} behind</span>}
      <span className={about.coverage !== null && about.coverage < 0.9 ? 'tone-warn' : undefined}>
        {about.coverage === null ? 'coverage not known' : `coverage ${formatCoverage(about.coverage)}`}
      </span>
    </p>
  );
}

/** Rounded down: 99.99 % is not all. */
export function formatCoverage(coverage: number): string {
  return coverage >= 1 ? '100 %' : formatPercent(Math.floor(coverage * 1_000) / 1_000, 1);
}

export function Section({
  title,
  about,
  aside,
  children,
}: {
  readonly title: string;
  readonly about?: ReactNode;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <section className="section" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {about === undefined ? null : <p>{about}</p>}
        {aside}
      </header>
      {children}
    </section>
  );
}
