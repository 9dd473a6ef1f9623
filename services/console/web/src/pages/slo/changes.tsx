import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Mark, SloHistory } from '../../../../src/api/contract/index.ts';
import { Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { formatInstant } from '../../parts/format.ts';
import { alertLink, compareLink } from '../../parts/links.ts';
import { Badge } from '../../parts/state-badge.tsx';

const DAY_MS = 86_400_000;

/** Of what, and until when what is new is held against what was there before. */
interface ComparedIn {
  readonly service: string;
  readonly stream: string;
  /** End of what is looked at, epoch ms. */
  readonly toMs: number;
}

/** What happened in a stretch, as a list: the marks and bands of the charts for those who read. */
export function ChangeTable({
  marks,
  label,
  of,
}: {
  readonly marks: readonly Mark[];
  readonly label: string;
  readonly of: ComparedIn;
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
          cell: (mark) => <MarkText mark={mark} of={of} />,
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

/** An alert leads to itself; what is new to how it did against what was there in the day before. */
function MarkText({ mark, of }: { readonly mark: Mark; readonly of: ComparedIn }): ReactNode {
  const { text, id, arm, atMs } = mark;
  if (id !== null) return <Link href={alertLink(id)}>{text}</Link>;
  if (arm === null) return text;
  const { service, stream } = of;
  const range = { from: String(atMs - DAY_MS), to: String(Math.max(of.toMs, atMs + 1)) };
  return (
    <>
      {text}{' '}
      <Link href={compareLink({ service, stream, by: arm.by, candidate: arm.value, ...range })}>
        Compare with what was before
        <span className="hidden-visually">: {text}</span>
      </Link>
    </>
  );
}

export function Changes({
  marks,
  gaps,
  of,
}: Pick<SloHistory, 'marks' | 'gaps'> & { readonly of: ComparedIn }): ReactNode {
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
      <ChangeTable marks={marks} label="Alerts and changes in this stretch" of={of} />
    </>
  );
}
