import { useMutation, type UseMutationResult } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { About, BacktestAnswer } from '../../../../src/api/contract/index.ts';
import { apiUrl, ask, type ApiProblem } from '../../api/client.ts';
import { Empty, Loading, ProblemPanel } from '../../parts/answer.tsx';
import { Segments } from '../../parts/controls.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { counted, formatCount, formatDuration, formatInstant, formatNumber } from '../../parts/format.ts';
import { Labels } from '../../parts/labels.tsx';
import { shellWord } from '../../parts/shell-word.ts';
import { Badge, SeverityBadge, type Tone } from '../../parts/state-badge.tsx';

const DAY_MS = 86_400_000;
const LENGTHS = [
  { value: '1d', text: '1 day', days: 1 },
  { value: '3d', text: '3 days', days: 3 },
  { value: '7d', text: '7 days', days: 7 },
] as const;
const URGENCY_TONES: Readonly<Record<'page' | 'ticket', Tone>> = { page: 'bad', ticket: 'warn' };

/** Which alerts a document would have fired over the last days of a stream. */
export function BacktestPreview({
  name,
  text,
  about,
  isHere,
}: {
  readonly name: string;
  readonly text: string;
  readonly about: About;
  /** Whether this console judges histories; one that is a process of its own does not. */
  readonly isHere: boolean;
}): ReactNode {
  const [length, setLength] = useState<(typeof LENGTHS)[number]['value']>('1d');
  const stream = about.streams.find((one) => one.stream === about.stream);
  const toMs = stream?.evaluatedThroughMs ?? Date.parse(about.asOf);
  const days = LENGTHS.find(({ value }) => value === length)?.days ?? 1;
  const preview = useMutation<BacktestAnswer, ApiProblem>({
    mutationFn: () =>
      ask<BacktestAnswer>(apiUrl('specs/backtest'), {
        method: 'POST',
        body: JSON.stringify({
          files: [{ name, text }],
          ...(about.stream !== null && { stream: about.stream }),
          fromMs: toMs - days * DAY_MS,
          toMs,
        }),
      }),
  });
  const lengths = <Segments label="How much history" options={LENGTHS} value={length} onChange={setLength} />;
  if (!isHere)
    return (
      <CommandAlone
        command={backtestCommand({ name, stream: about.stream, fromMs: toMs - days * DAY_MS, toMs })}
      >
        {lengths}
      </CommandAlone>
    );
  return (
    <div className="stack">
      <div className="row">
        <button
          type="button"
          className="button"
          disabled={preview.isPending || text.trim() === ''}
          onClick={() => {
            preview.mutate();
          }}
        >
          Preview over history
        </button>
        {lengths}
      </div>
      <Outcome of={preview} />
    </div>
  );
}

function CommandAlone({
  command,
  children,
}: {
  readonly command: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className="stack">
      <p className="notice quiet">
        This console judges no history: it only reads, and judging takes a database of its own. The command
        does it on any machine that reaches the database, with <code>CLICKHOUSE_URL</code> and a user who may
        read. Save the document first.
      </p>
      <div className="row">{children}</div>
      <CopyText text={command} label="The command that previews it over history" />
    </div>
  );
}

const backtestCommand = ({
  name,
  stream,
  fromMs,
  toMs,
}: {
  readonly name: string;
  readonly stream: string | null;
  readonly fromMs: number;
  readonly toMs: number;
}): string =>
  [
    `burnline backtest --specs ${shellWord(name)}`,
    ...(stream === null ? [] : [`--stream ${shellWord(stream)}`]),
    `--from ${new Date(fromMs).toISOString()} --to ${new Date(toMs).toISOString()}`,
  ].join(' ');

function Outcome({
  of: { isPending, error, data, mutate },
}: {
  readonly of: Pick<
    UseMutationResult<BacktestAnswer, ApiProblem, void>,
    'isPending' | 'error' | 'data' | 'mutate'
  >;
}): ReactNode {
  return (
    <div role="status" className="stack">
      {isPending ? <Pending /> : null}
      {error === null ? null : (
        <ProblemPanel
          problem={error}
          onRetry={() => {
            mutate();
          }}
        />
      )}
      {data === undefined ? null : <Found answer={data} />}
    </div>
  );
}

function Pending(): ReactNode {
  return (
    <>
      <p className="dim">
        Judging it, as <code>burnline backtest</code> does: this may take a minute.
      </p>
      <Loading />
    </>
  );
}

function Found({ answer }: { readonly answer: BacktestAnswer }): ReactNode {
  return (
    <>
      <p className="notice quiet">
        From {formatInstant(answer.fromMs)} to {formatInstant(answer.toMs)} UTC it would have fired{' '}
        {counted(answer.alertCount, 'alert')}.
      </p>
      <Tiers tiers={answer.tiers} />
      <Alerts answer={answer} />
    </>
  );
}

function Tiers({ tiers }: Pick<BacktestAnswer, 'tiers'>): ReactNode {
  return (
    <DataTable
      label="What each tier would have done"
      rows={tiers}
      rowKey={({ slo, tier }) => `${slo} ${tier}`}
      empty={<Empty title="The document has no tiers" />}
      columns={[
        {
          id: 'slo',
          head: 'SLO',
          wraps: true,
          cell: ({ slo, tier, urgency }) => (
            <>
              <span className="name">{slo}</span>
              <div className="sub">
                {tier} <Badge tone={URGENCY_TONES[urgency]}>{urgency}</Badge>
              </div>
            </>
          ),
        },
        { id: 'alerts', head: 'alerts', align: 'end', cell: ({ alertCount }) => formatCount(alertCount) },
        {
          id: 'firing',
          head: 'fired for',
          align: 'end',
          cell: ({ firingMs }) => (firingMs === 0 ? '-' : formatDuration(firingMs)),
        },
        {
          id: 'week',
          head: 'notifications a week',
          align: 'end',
          cell: ({ notificationsPerWeek, notificationCount }) => (
            <>
              {formatNumber(notificationsPerWeek, 1)}
              <div className="dim">{formatCount(notificationCount)} in all</div>
            </>
          ),
        },
      ]}
    />
  );
}

function Alerts({ answer: { alerts, alertCount, toMs } }: { readonly answer: BacktestAnswer }): ReactNode {
  if (alerts.length === 0) return null;
  return (
    <>
      {alertCount > alerts.length ? (
        <p className="dim">
          The first {formatCount(alerts.length)} of {formatCount(alertCount)}.
        </p>
      ) : null}
      <DataTable
        label="Alerts that it would have fired"
        rows={alerts}
        rowKey={({ slo, tier, labels, firedAtMs }) => JSON.stringify([slo, tier, labels, firedAtMs])}
        scroll="own"
        empty={<Empty title="None" />}
        columns={[
          {
            id: 'fired',
            head: 'fired (UTC)',
            wraps: 'never',
            cell: ({ firedAtMs }) => formatInstant(firedAtMs),
          },
          {
            id: 'slo',
            head: 'alert',
            wraps: true,
            cell: ({ slo, labels, tier }) => (
              <>
                <span className="name">{slo}</span> <span className="dim">{tier}</span>
                <div className="sub">
                  <Labels labels={labels} />
                </div>
              </>
            ),
          },
          { id: 'severity', head: 'severity', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
          {
            id: 'for',
            head: 'for',
            align: 'end',
            cell: ({ firedAtMs, endedAtMs }) =>
              `${formatDuration((endedAtMs ?? toMs) - firedAtMs)}${endedAtMs === null ? ', still' : ''}`,
          },
          {
            id: 'told',
            head: 'told (UTC)',
            wraps: 'never',
            priority: 2,
            cell: ({ toldAtMs }) => (toldAtMs === null ? 'held back' : formatInstant(toldAtMs)),
          },
        ]}
      />
    </>
  );
}
