import type { ReactNode } from 'react';
import type { OverviewRow, Slo } from '../../../../src/api/contract/index.ts';
import { Labels } from '../../parts/labels.tsx';
import { Section } from '../../parts/page.tsx';

/** What the SLO promises, as its document says. */
export function DocumentFacts({
  document,
  row,
}: {
  readonly document: NonNullable<Slo['document']>;
  readonly row: OverviewRow;
}): ReactNode {
  return (
    <Section title="What it promises">
      <div className="panel">
        <div className="body">
          <dl className="facts">
            {document.description === '' ? null : (
              <>
                <dt>description</dt>
                <dd>{document.description}</dd>
              </>
            )}
            <dt>what counts</dt>
            <dd className="mono lines">{document.sli}</dd>
            <dt>period</dt>
            <dd>{document.period}</dd>
            {document.runbook === null ? null : (
              <>
                <dt>runbook</dt>
                <dd>
                  <a href={document.runbook}>{document.runbook}</a>
                </dd>
              </>
            )}
            {Object.keys(row.specLabels).length === 0 ? null : (
              <>
                <dt>labels</dt>
                <dd>
                  <Labels labels={row.specLabels} />
                </dd>
              </>
            )}
            <dt>revision</dt>
            <dd className="mono">
              {document.specRev}
              {document.file === null ? '' : ` of ${document.file}`}
            </dd>
          </dl>
        </div>
      </div>
    </Section>
  );
}
