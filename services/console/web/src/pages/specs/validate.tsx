import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { About, ValidateAnswer } from '../../../../src/api/contract/index.ts';
import { apiUrl, ask, type ApiProblem } from '../../api/client.ts';
import { Empty, Loading, ProblemPanel } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { counted } from '../../parts/format.ts';
import { BacktestPreview } from './backtest.tsx';

/** A document to write, and every mistake in it at once. */
export function Validate({
  name,
  text: start,
  about,
  mayBacktest,
}: {
  readonly name: string;
  readonly text: string;
  /** Of the stream whose history it is tried on. */
  readonly about: About;
  readonly mayBacktest: boolean;
}): ReactNode {
  const [text, setText] = useState(start);
  const check = useMutation<ValidateAnswer, ApiProblem>({
    mutationFn: () =>
      ask<ValidateAnswer>(apiUrl('specs/validate'), {
        method: 'POST',
        body: JSON.stringify({ files: [{ name, text }] }),
      }),
  });
  return (
    <div className="stack">
      <textarea
        className="control"
        aria-label={`Document ${name}`}
        rows={18}
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
      />
      <div className="row">
        <button
          type="button"
          className="button primary"
          disabled={check.isPending || text.trim() === ''}
          onClick={() => {
            check.mutate();
          }}
        >
          Check
        </button>
      </div>
      <div role="status" className="stack">
        {check.isPending ? <Loading /> : null}
        {check.error === null ? null : (
          <ProblemPanel
            problem={check.error}
            onRetry={() => {
              check.mutate();
            }}
          />
        )}
        {check.data === undefined ? null : <Verdict answer={check.data} />}
      </div>
      <BacktestPreview name={name} text={text} about={about} isHere={mayBacktest} />
    </div>
  );
}

function Verdict({ answer }: { readonly answer: ValidateAnswer }): ReactNode {
  if (answer.isValid)
    return (
      <p className="notice quiet">
        Valid: {counted(answer.slos.length, 'SLO')} ({answer.slos.map(({ slo }) => slo).join(', ')}).
      </p>
    );
  return (
    <DataTable
      label="Mistakes"
      rows={answer.issues.map((issue, index) => ({ issue, index }))}
      rowKey={({ index }) => String(index)}
      empty={<Empty title="No mistake" />}
      columns={[
        {
          id: 'where',
          head: 'where',
          cell: ({ issue: { line, column } }) =>
            line === null ? '-' : `line ${line}${column === null ? '' : `, column ${column}`}`,
        },
        {
          id: 'what',
          head: 'mistake',
          wraps: true,
          cell: ({ issue: { message, remedy } }) => (
            <>
              {message}
              {remedy === null ? null : <div className="dim">{remedy}</div>}
            </>
          ),
        },
      ]}
    />
  );
}
