import type { ReactNode } from 'react';
import type { Pipeline } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { formatCount, formatDuration, formatInstant } from '../../parts/format.ts';
import { formatCoverage, Page, Section } from '../../parts/page.tsx';
import { Badge, type Tone } from '../../parts/state-badge.tsx';

const SOURCE_TONES: Readonly<Record<Pipeline['sources'][number]['state'], Tone>> = {
  expected: 'good',
  stopped: 'quiet',
  lost: 'bad',
};

/** Whether what the other pages show can be trusted: how far everything is, what is missing, what was not told. */
export function PipelinePage(): ReactNode {
  const asked = useAnswer<Pipeline>('pipeline');
  return (
    <Page
      title="Pipeline"
      asOf={asked.data?.about}
      about="How far events are counted and judged, who sends them, and what was set aside."
    >
      <Answer of={asked}>
        {(answer) => (
          <>
            <Tiles answer={answer} />
            <Streams about={answer.about} />
            <Sources answer={answer} />
            <div className="grid-2">
              <DeadLetters letters={answer.deadLetters} />
              <Undelivered undelivered={answer.undelivered} />
            </div>
            <Positions answer={answer} />
            <Gaps answer={answer} />
          </>
        )}
      </Answer>
    </Page>
  );
}

function Tiles({ answer }: { readonly answer: Pipeline }): ReactNode {
  const { about, engine, sources, deadLetters, undelivered } = answer;
  const lost = sources.filter(({ state }) => state === 'lost').length;
  const waiting = undelivered.length;
  return (
    <dl className="tiles">
      <div className="tile">
        <dt>Behind the present</dt>
        <dd className="figure">{about.lagMs === null ? 'history' : formatDuration(about.lagMs)}</dd>
        <dd className="note">between an event and its judgement</dd>
      </div>
      <div className="tile">
        <dt>Coverage</dt>
        <dd className={`figure ${about.coverage !== null && about.coverage < 0.9 ? 'tone-warn' : ''}`}>
          {about.coverage === null ? '-' : formatCoverage(about.coverage)}
        </dd>
        <dd className="note">below 90 % nothing is concluded</dd>
      </div>
      <div className="tile">
        <dt>Sources</dt>
        <dd className={`figure ${lost > 0 ? 'tone-bad' : ''}`}>
          {lost > 0 ? `${formatCount(lost)} lost` : formatCount(sources.length)}
        </dd>
        <dd className="note">{formatCount(sources.length)} reported within a day</dd>
      </div>
      <div className="tile">
        <dt>Set aside</dt>
        <dd className={`figure ${deadLetters.length > 0 ? 'tone-warn' : ''}`}>
          {deadLetters.length === 0 ? 'nothing' : `${formatCount(deadLetters.length)} causes`}
        </dd>
        <dd className="note">events that could not be read or kept</dd>
      </div>
      <div className="tile">
        <dt>Pages not delivered</dt>
        <dd className={`figure ${waiting > 0 ? 'tone-bad' : ''}`}>
          {waiting === 0 ? 'none' : `${formatCount(waiting)} receivers`}
        </dd>
      </div>
      <div className="tile">
        <dt>Engine</dt>
        <dd className="figure words">{engine.version}</dd>
        <dd className="note">
          up {formatDuration(engine.uptimeMs)}, answered in {formatDuration(engine.answeredInMs)}
        </dd>
      </div>
    </dl>
  );
}

function Streams({ about }: { readonly about: Pipeline['about'] }): ReactNode {
  return (
    <Section title="Streams">
      <DataTable
        label="Streams"
        rows={about.streams}
        rowKey={({ stream }) => stream}
        empty={<Empty title="No stream yet">It begins with the first event.</Empty>}
        columns={[
          { id: 'stream', head: 'stream', cell: ({ stream }) => <span className="name">{stream}</span> },
          { id: 'clock', head: 'clock', cell: ({ clock }) => clock },
          {
            id: 'judged',
            head: 'judged to (UTC)',
            wraps: 'never',
            cell: ({ evaluatedThroughMs }) => formatInstant(evaluatedThroughMs),
          },
          {
            id: 'lag',
            head: 'behind',
            align: 'end',
            cell: ({ lagMs }) => (lagMs === null ? 'over' : formatDuration(lagMs)),
          },
          {
            id: 'coverage',
            head: 'coverage',
            align: 'end',
            cell: ({ coverage }) => (coverage === null ? '-' : formatCoverage(coverage)),
          },
        ]}
      />
    </Section>
  );
}

const SOURCE_COLUMNS: readonly Column<Pipeline['sources'][number]>[] = [
  {
    id: 'source',
    head: 'source',
    wraps: true,
    cell: ({ service, environment, instance }) => (
      <>
        <span className="name">{service}</span>
        <div className="sub">
          {environment === '' ? null : <span>{environment}</span>}
          <span className="mono">{instance}</span>
        </div>
      </>
    ),
  },
  {
    id: 'state',
    head: 'state',
    cell: ({ state }) => <Badge tone={SOURCE_TONES[state]}>{state}</Badge>,
  },
  {
    id: 'heard',
    head: 'heard of (UTC)',
    wraps: 'never',
    cell: ({ lastHeardMs }) => formatInstant(lastHeardMs),
  },
  { id: 'emitted', head: 'emitted', align: 'end', cell: ({ emitted }) => formatCount(emitted) },
  {
    id: 'acknowledged',
    head: 'acknowledged',
    align: 'end',
    priority: 2,
    cell: ({ acknowledged }) => formatCount(acknowledged),
  },
  {
    id: 'retried',
    head: 'retried',
    align: 'end',
    priority: 3,
    cell: ({ retried }) => formatCount(retried),
  },
  {
    id: 'dropped',
    head: 'dropped',
    align: 'end',
    cell: ({ dropped, droppedByReason }) => (
      <>
        <span className={dropped > 0 ? 'tone-bad' : undefined}>{formatCount(dropped)}</span>
        {Object.entries(droppedByReason).map(([reason, count]) => (
          <div key={reason} className="dim">
            {reason} {formatCount(count)}
          </div>
        ))}
      </>
    ),
  },
];

function Sources({ answer: { sources } }: { readonly answer: Pipeline }): ReactNode {
  return (
    <Section title="Sources" about="Publishers that report, of the last day.">
      <DataTable
        label="Sources"
        rows={sources}
        rowKey={({ stream, service, environment, instance }) =>
          `${stream} ${service} ${environment} ${instance}`
        }
        scroll="own"
        empty={
          <Empty title="No publisher reports">
            Events that come over plain HTTP or OpenTelemetry report nothing: their coverage is not known.
          </Empty>
        }
        columns={SOURCE_COLUMNS}
      />
    </Section>
  );
}

function DeadLetters({ letters }: { readonly letters: Pipeline['deadLetters'] }): ReactNode {
  return (
    <Section
      title="Dead letters"
      about={
        <>
          What could not be read or kept. <code>burnline dead-letters list</code> has each.
        </>
      }
    >
      <DataTable
        label="Dead letters"
        rows={letters}
        rowKey={({ topic, code, state }) => `${topic} ${code} ${state}`}
        scroll="own"
        empty={<Empty title="Nothing was set aside" />}
        columns={[
          {
            id: 'code',
            head: 'cause',
            wraps: true,
            cell: ({ code, reason, topic }) => (
              <>
                <span className="name">{code}</span>
                <div className="sub">
                  {topic}: {reason}
                </div>
              </>
            ),
          },
          { id: 'state', head: 'state', cell: ({ state }) => state },
          { id: 'letters', head: 'letters', align: 'end', cell: (letter) => formatCount(letter.letters) },
          { id: 'last', head: 'last (UTC)', wraps: 'never', cell: ({ lastMs }) => formatInstant(lastMs) },
        ]}
      />
    </Section>
  );
}

function Undelivered({ undelivered }: { readonly undelivered: Pipeline['undelivered'] }): ReactNode {
  return (
    <Section title="Pages not delivered">
      <DataTable
        label="Pages not delivered"
        rows={undelivered}
        rowKey={({ receiver }) => receiver}
        empty={<Empty title="Every page was delivered" />}
        columns={[
          {
            id: 'receiver',
            head: 'receiver',
            wraps: true,
            cell: ({ receiver, lastError }) => (
              <>
                <span className="name">{receiver}</span>
                <div className="sub">{lastError}</div>
              </>
            ),
          },
          { id: 'waiting', head: 'waiting', align: 'end', cell: ({ waiting }) => formatCount(waiting) },
          { id: 'failed', head: 'failed', align: 'end', cell: ({ failed }) => formatCount(failed) },
          { id: 'since', head: 'since (UTC)', wraps: 'never', cell: ({ sinceMs }) => formatInstant(sinceMs) },
        ]}
      />
    </Section>
  );
}

function Positions({ answer: { watermarks } }: { readonly answer: Pipeline }): ReactNode {
  return (
    <Section title="Positions in the log" about="Up to where each reader has written its rows.">
      <DataTable
        label="Positions in the log"
        rows={watermarks}
        rowKey={({ stream, consumer, topic, partition }) => `${stream} ${consumer} ${topic} ${partition}`}
        scroll="own"
        empty={<Empty title="Nothing was read yet" />}
        columns={[
          {
            id: 'consumer',
            head: 'reader',
            cell: ({ consumer }) => <span className="name">{consumer}</span>,
          },
          { id: 'stream', head: 'stream', cell: ({ stream }) => stream },
          { id: 'topic', head: 'topic', cell: ({ topic }) => topic },
          { id: 'partition', head: 'partition', align: 'end', cell: ({ partition }) => partition },
          { id: 'position', head: 'position', align: 'end', cell: ({ position }) => formatCount(position) },
          {
            id: 'time',
            head: 'log time (UTC)',
            wraps: 'never',
            cell: ({ logTimeMs }) => formatInstant(logTimeMs),
          },
          {
            id: 'written',
            head: 'written (UTC)',
            wraps: 'never',
            priority: 2,
            cell: ({ writtenAtMs }) => formatInstant(writtenAtMs),
          },
        ]}
      />
    </Section>
  );
}

function Gaps({ answer: { uncovered, backfilling } }: { readonly answer: Pipeline }): ReactNode {
  if (uncovered.length === 0 && backfilling.length === 0) return null;
  return (
    <Section title="What is not whole">
      <div className="stack">
        {backfilling.map(({ stream, slo, specRev }) => (
          <p className="notice quiet" key={`${stream} ${specRev}`}>
            {slo}: its past is being counted; until then it is not judged by this revision ({specRev}).
          </p>
        ))}
        {uncovered.map(({ stream, fromMs, toMs }) => (
          <p className="notice" key={`${stream} ${fromMs}`}>
            {stream}: nothing was received from {formatInstant(fromMs)} to {formatInstant(toMs)} UTC.
          </p>
        ))}
      </div>
    </Section>
  );
}
