import { useEffect, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { Overview } from '../../src/api/contract/index.ts';
import { useFreshness } from './api/live.ts';
import { useAnswer } from './api/use-answer.ts';
import { Segments } from './parts/controls.tsx';
import { formatCoverage } from './parts/page.tsx';
import { formatDuration, formatInstant } from './parts/format.ts';
import markUrl from './theme/mark.svg';
import { setTheme, useTheme } from './theme/colors.ts';

const PAGES = [
  { path: '/', name: 'Overview', also: ['/slo'] },
  { path: '/alerts', name: 'Alerts', also: ['/alert', '/silence'] },
  { path: '/events', name: 'Events', also: ['/event'] },
  { path: '/fleet', name: 'Fleet', also: [] },
  { path: '/cost', name: 'Cost', also: [] },
  { path: '/quality', name: 'Quality', also: [] },
  { path: '/compare', name: 'Compare', also: [] },
  { path: '/specs', name: 'Specs', also: [] },
  { path: '/pipeline', name: 'Pipeline', also: [] },
  { path: '/summary', name: 'Summary', also: [] },
] as const;

/** The frame of every page: where one can go, how fresh what one sees is, and in which colours. */
export function Shell({ children }: { readonly children: ReactNode }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const [path] = useLocation();
  const glance = useAnswer<Overview>('overview', { limit: 1 });
  useEffect(() => {
    setOpen(false);
    window.scrollTo(0, 0);
  }, [path]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to the page
      </a>
      <header className={`rail${isOpen ? ' open' : ''}`}>
        <Link href="/" className="brand">
          <img src={markUrl} alt="" />
          Burnline
        </Link>
        <button
          type="button"
          className="button menu-button"
          aria-expanded={isOpen}
          onClick={() => {
            setOpen(!isOpen);
          }}
        >
          Menu
        </button>
        <nav aria-label="Pages">
          <ul>
            {PAGES.map(({ path: to, name, also }) => (
              <li key={to}>
                <Link
                  href={to}
                  aria-current={path === to || also.some((one) => path === one) ? 'page' : undefined}
                >
                  {name}
                  {name === 'Alerts' && (glance.data?.counts.firing ?? 0) > 0 ? (
                    <span className="bubble">
                      {glance.data?.counts.firing}
                      <span className="hidden-visually"> firing</span>
                    </span>
                  ) : null}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <RailFoot glance={glance.data} />
      </header>
      <main className="content" id="content">
        {children}
      </main>
    </div>
  );
}

function RailFoot({ glance }: { readonly glance: Overview | undefined }): ReactNode {
  const theme = useTheme();
  const freshness = useFreshness();
  const streams = glance?.about.streams ?? [];
  const histories = streams.filter(({ clock }) => clock === 'replay').length;
  return (
    <div className="rail-foot">
      <dl>
        {streams
          .filter(({ clock }) => clock === 'live')
          .map((stream) => (
            <Stream key={stream.stream} stream={stream} />
          ))}
        {histories === 0 ? null : (
          <>
            <dt>histories</dt>
            <dd>{histories}</dd>
          </>
        )}
        <dt>updates</dt>
        <dd>{freshness === 'stream' ? 'live' : 'every 10 s'}</dd>
      </dl>
      <Segments
        label="Colours"
        value={theme}
        onChange={setTheme}
        options={[
          { value: 'system', text: 'Auto' },
          { value: 'light', text: 'Light' },
          { value: 'dark', text: 'Dark' },
        ]}
      />
    </div>
  );
}

function Stream({ stream }: { readonly stream: Overview['about']['streams'][number] }): ReactNode {
  const { evaluatedThroughMs, coverage } = stream;
  return (
    <>
      <dt>{stream.stream}</dt>
      <dd
        title={evaluatedThroughMs === null ? undefined : `judged to ${formatInstant(evaluatedThroughMs)} UTC`}
      >
        {stream.lagMs === null ? '-' : `${formatDuration(stream.lagMs)} behind`}
      </dd>
      {coverage === null || coverage >= 1 ? null : (
        <>
          <dt>coverage</dt>
          <dd className={coverage < 0.9 ? 'tone-warn' : undefined}>{formatCoverage(coverage)}</dd>
        </>
      )}
    </>
  );
}
