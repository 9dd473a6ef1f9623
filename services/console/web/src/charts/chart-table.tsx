import { useState, type ReactNode } from 'react';
import { DataTable } from '../parts/data-table.tsx';
import type { Aligned } from './align.ts';
import { bucketText, hasValue, valueAt } from './chart-readout.tsx';
import type { ChartProps } from './chart-props.ts';

/** The same numbers for those who read them: made when it is opened, the latest first. */
export function ChartTable({
  chart,
  aligned,
}: {
  readonly chart: ChartProps;
  readonly aligned: Aligned;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const indexes = aligned.times
    .map((_, index) => index)
    .filter((index) => hasValue(aligned, index))
    .reverse();
  return (
    <details
      className="twin"
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>
        Table<span className="hidden-visually"> of {chart.title}</span>
      </summary>
      {!isOpen ? null : (
        <DataTable
          label={`${chart.title}, as a table`}
          rows={indexes}
          rowKey={(index) => String(index)}
          scroll="own"
          empty="Nothing was counted in this stretch."
          columns={[
            {
              id: 'time',
              head: 'time (UTC)',
              cell: (index) => bucketText(aligned.times[index] ?? 0, aligned.stepMs),
            },
            ...chart.series.map(({ name }, of) => ({
              id: name,
              head: name,
              align: 'end' as const,
              cell: (index: number) => chart.format(valueAt(aligned, of, index)),
            })),
          ]}
        />
      )}
    </details>
  );
}
