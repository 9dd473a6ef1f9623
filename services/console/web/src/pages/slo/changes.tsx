import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Mark, SloHistory } from '../../../../src/api/contract/index.ts';
import { Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { formatInstant } from '../../parts/format.ts';
import { alertLink } from '../../parts/links.ts';
import { Badge } from '../../parts/state-badge.tsx';

/** What happened in a stretch, as a list: the marks and bands of the charts for those who read. */
export function ChangeTable({
  marks,
  label,
}: {
  readonly marks: readonly Mark[];
  readonly label: string;
}): ReactNode {
  return (
    <DataTable
      label={label}
      rows={marks}
      rowKey={({ kind, atMs, text, id }) => `${kind} ${atMs} ${id ?? ''} ${text}`}
      scroll="own"
      empty={<Empty title="Nothing changed">No alert, deployment, model, prompt or spec changed here.</Empty>}
      columns={[
        { id: 'at', head: 'when (UTC)', wraps: 'never', cell: ({ atMs }) => formatInstant(atMs) },
        {
          id: 'kind',
          head: 'what',
          cell: ({ kind, severity }) => (
            <Badge tone={kind === 'alert' ? 'bad' : 'quiet'}>
              {kind}
              {severity === null ? '' : ` ${severity}`}
            </Badge>
          ),
        },
        {
          id: 'text',
          head: 'in words',
          wraps: true,
          cell: ({ text, id }) => (id === null ? text : <Link href={alertLink(id)}>{text}</Link>),
        },
        {
          id: 'to',
          head: 'until',
          wraps: 'never',
          priority: 2,
          cell: ({ toMs, kind }) =>
            toMs === null ? (kind === 'alert' ? 'goes on' : '') : formatInstant(toMs),
        },
      ]}
    />
  );
}

export function Changes({ marks, gaps }: Pick<SloHistory, 'marks' | 'gaps'>): ReactNode {
  return (
    <>
      {gaps.length === 0 ? null : (
        <p className="foot-note">
          Nobody judged{' '}
          {gaps.length === 1
            ? `from ${formatInstant(gaps[0]?.fromMs)} to ${formatInstant(gaps[0]?.toMs)} UTC`
            : `in ${gaps.length} stretches of this time`}
          : there the charts have gaps.
        </p>
      )}
      <h3 className="sub-title">Alerts and changes in this stretch</h3>
      <ChangeTable marks={marks} label="Alerts and changes in this stretch" />
    </>
  );
}
