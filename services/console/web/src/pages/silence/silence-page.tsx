import { useMutation, type UseMutationResult } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { SilenceAnswer, SilencePreview } from '../../../../src/api/contract/index.ts';
import { apiUrl, ask, type ApiProblem } from '../../api/client.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty, ProblemPanel } from '../../parts/answer.tsx';
import { Segments } from '../../parts/controls.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { counted, formatCount, formatInstant } from '../../parts/format.ts';
import { Labels } from '../../parts/labels.tsx';
import { alertLink } from '../../parts/links.ts';
import { Page, Section } from '../../parts/page.tsx';
import { SeverityBadge } from '../../parts/state-badge.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { silenceCommand } from './silence-command.ts';

const HOUR_MS = 3_600_000;
const LENGTHS = [
  { value: '1h', text: '1 h', ms: HOUR_MS },
  { value: '4h', text: '4 h', ms: 4 * HOUR_MS },
  { value: '1d', text: '1 day', ms: 24 * HOUR_MS },
  { value: '3d', text: '3 days', ms: 72 * HOUR_MS },
  { value: '7d', text: '7 days', ms: 168 * HOUR_MS },
] as const;

/** Entries of a text field, one on each line: values may hold anything else. */
const linesOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split('\n')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** Pages that nobody is told of for a while: of which alerts, why, by whom. What it would be of is in the address. */
export function SilencePage(): ReactNode {
  const [state] = useUrlState();
  const scope = {
    slo: linesOf(state['slo']),
    service: state['service'] ?? '',
    severity: linesOf(state['severity']),
    label: linesOf(state['label']),
  };
  const isNamed = scope.slo.length + scope.severity.length + scope.label.length > 0 || scope.service !== '';
  const asked = useAnswer<SilencePreview>('silences/preview', scope, { isAsked: isNamed });
  return (
    <Page
      title="Silence"
      asOf={isNamed ? asked.data?.about : undefined}
      crumbs={<Link href="/alerts">Alerts</Link>}
      about="Withholds alerts from receivers for a while. They fire and are recorded all the same; what still fires when it is over is told then."
    >
      <Section
        title="Of which alerts"
        about="One on each line; everything that is named has to hold, of SLOs and severities any."
      >
        <ScopeFields />
      </Section>
      {isNamed ? (
        <Answer of={asked}>
          {(preview) => (
            <>
              <Covered preview={preview} />
              <Add preview={preview} />
            </>
          )}
        </Answer>
      ) : (
        <div className="table-box empty">
          <Empty title="Name what it is of">An SLO, a service, a label or a severity.</Empty>
        </div>
      )}
    </Page>
  );
}

const FIELDS = [
  { name: 'slo', text: 'SLOs', hint: 'chat-availability' },
  { name: 'service', text: 'Service', hint: 'chat' },
  { name: 'label', text: 'Labels', hint: 'model_requested=gpt-4o' },
  { name: 'severity', text: 'Severities', hint: 'SEV-2' },
] as const;

function ScopeFields(): ReactNode {
  const [state, change] = useUrlState();
  return (
    <div className="fields">
      {FIELDS.map(({ name, text, hint }) => (
        <label key={name} className="field">
          <span>{text}</span>
          <textarea
            className="control"
            rows={2}
            spellCheck={false}
            placeholder={hint}
            value={state[name] ?? ''}
            onChange={(event) => {
              change({ [name]: event.target.value });
            }}
          />
        </label>
      ))}
    </div>
  );
}

/** What it would be of, as things stand. */
function Covered({ preview }: { readonly preview: SilencePreview }): ReactNode {
  const { alerts, alertCount, series, seriesCount } = preview;
  return (
    <div className="grid-2">
      <Section title="Open alerts that it would be of" about={countText(alertCount, alerts.length)}>
        <DataTable
          label="Open alerts that it would be of"
          rows={alerts}
          rowKey={({ id }) => id}
          scroll="own"
          empty={<Empty title="None is open now" />}
          columns={[
            {
              id: 'slo',
              head: 'alert',
              wraps: true,
              cell: ({ id, slo, labels }) => (
                <>
                  <Link className="name" href={alertLink(id)}>
                    {slo}
                  </Link>
                  <div className="sub">
                    <Labels labels={labels} />
                  </div>
                </>
              ),
            },
            { id: 'tier', head: 'tier', priority: 2, cell: ({ tier }) => tier },
            {
              id: 'severity',
              head: 'severity',
              cell: ({ severity }) => <SeverityBadge severity={severity} />,
            },
            {
              id: 'since',
              head: 'since (UTC)',
              wraps: 'never',
              priority: 2,
              cell: ({ sinceMs }) => formatInstant(sinceMs),
            },
          ]}
        />
      </Section>
      <Section title="Series whose alerts it would be of" about={countText(seriesCount, series.length)}>
        <DataTable
          label="Series whose alerts it would be of"
          rows={series}
          rowKey={({ slo, labels }) => JSON.stringify([slo, labels])}
          scroll="own"
          empty={<Empty title="No series that is judged now" />}
          columns={[
            { id: 'slo', head: 'SLO', wraps: true, cell: ({ slo }) => <span className="name">{slo}</span> },
            { id: 'labels', head: 'series', wraps: true, cell: ({ labels }) => <Labels labels={labels} /> },
            { id: 'service', head: 'service', priority: 2, cell: ({ service }) => service },
          ]}
        />
      </Section>
    </div>
  );
}

const countText = (all: number, shown: number): string =>
  all > shown
    ? `${formatCount(all)}, of which ${formatCount(shown)} are shown.`
    : `${formatCount(all)} in all.`;

function Add({ preview }: { readonly preview: SilencePreview }): ReactNode {
  const [length, setLength] = useState<(typeof LENGTHS)[number]['value']>('1h');
  const [reason, setReason] = useState('');
  const { slos, service, labels, severities } = preview.scope;
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const command = silenceCommand({ slos, service, severities, labels: pairs, length, reason: reason.trim() });
  return (
    <Section title="For how long, and why">
      <div className="stack">
        <div className="row">
          <Segments label="Length" options={LENGTHS} value={length} onChange={setLength} />
        </div>
        <label className="field">
          <span>Reason, for whoever reads it later</span>
          <input
            className="control"
            maxLength={1_000}
            value={reason}
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
        </label>
        {preview.mayWrite ? (
          <Send
            scope={preview.scope}
            forMs={LENGTHS.find(({ value }) => value === length)?.ms ?? HOUR_MS}
            reason={reason.trim()}
          />
        ) : (
          <p className="notice quiet">
            This console changes nothing. The command does it, beside the pipeline, or anywhere with{' '}
            <code>CLICKHOUSE_URL</code> and the pipeline&apos;s user. A file of keys from{' '}
            <code>burnline write-key</code> lets this page do it.
          </p>
        )}
        <CopyText text={command} label="The command that does the same" />
      </div>
    </Section>
  );
}

/** The key is asked for each time, and kept nowhere. */
function Send({
  scope,
  forMs,
  reason,
}: {
  readonly scope: SilencePreview['scope'];
  readonly forMs: number;
  readonly reason: string;
}): ReactNode {
  const [key, setKey] = useState('');
  const add = useMutation<SilenceAnswer, ApiProblem>({
    mutationFn: () =>
      ask<SilenceAnswer>(apiUrl('silences'), {
        method: 'POST',
        body: JSON.stringify({ ...scope, forMs, reason }),
        headers: { 'burnline-write-key': key.trim() },
      }),
    onSuccess: () => {
      setKey('');
    },
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <label className="field">
        <span>
          Your key of <code>burnline write-key</code>: the silence has its name as the author
        </span>
        <input
          className="control"
          type="password"
          autoComplete="off"
          value={key}
          onChange={(event) => {
            setKey(event.target.value);
          }}
        />
      </label>
      <div className="row">
        <button
          type="submit"
          className="button primary"
          disabled={add.isPending || key.trim() === '' || reason === ''}
        >
          Silence for {counted(forMs / HOUR_MS, 'hour')}
        </button>
      </div>
      <Outcome of={add} />
    </form>
  );
}

function Outcome({
  of,
}: {
  readonly of: Pick<UseMutationResult<SilenceAnswer, ApiProblem, void>, 'data' | 'error' | 'mutate'>;
}): ReactNode {
  const { data, error, mutate } = of;
  return (
    <div role="status">
      {error === null ? null : (
        <ProblemPanel
          problem={error}
          onRetry={() => {
            mutate();
          }}
        />
      )}
      {data === undefined ? null : (
        <p className="notice quiet">
          {data.id} is in force until {formatInstant(data.expiresMs)} UTC, by {data.author}.{' '}
          <code>burnline silence end {data.id}</code> ends it before.
        </p>
      )}
    </div>
  );
}
