import { useVirtualizer, useWindowVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';

export interface Column<Row> {
  readonly id: string;
  readonly head: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  /** Figures end at the right. */
  readonly align?: 'end';
  /** Less important ones are left out where there is no room: 3 first. */
  readonly priority?: 2 | 3;
  /** Whether long words may be broken; `never`: not even between words, of times. */
  readonly wraps?: boolean | 'never';
}

export interface DataTableProps<Row> {
  /** What the table is of, for those who hear it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly empty: ReactNode;
  /** `page`: rows scroll with the page, under a head that stays; `own`: in a box of their own; without: all are drawn. */
  readonly scroll?: 'page' | 'own';
  /** How many rows there are in all, where more come when the end is near. */
  readonly total?: number;
  readonly onNearEnd?: () => void;
  readonly rowClass?: (row: Row) => string | undefined;
  /** A click on the row, beside the links that it has. */
  readonly onOpen?: (row: Row) => void;
}

/** Fewer rows than these are all drawn. */
const VIRTUAL_FROM = 80;
const ROW_PX = 45;
const DENSE_ROW_PX = 31;
const OVERSCAN = 12;

/** The console's table: a real one for readers of screens, of which only rows in view are there where there are many. */
export function DataTable<Row>(props: DataTableProps<Row>): ReactNode {
  if (props.rows.length === 0) return <div className="table-box empty">{props.empty}</div>;
  if (props.scroll === undefined || props.rows.length < VIRTUAL_FROM) return <WholeTable {...props} />;
  return props.scroll === 'page' ? <PageTable {...props} /> : <OwnTable {...props} />;
}

function WholeTable<Row>(props: DataTableProps<Row>): ReactNode {
  return (
    <div className={boxClass(props)} {...regionOf(props)}>
      <table className="table" aria-label={props.label}>
        <Head columns={props.columns} />
        <tbody>
          {props.rows.map((row) => (
            <TableRow key={props.rowKey(row)} row={row} props={props} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const boxClass = ({ scroll }: { readonly scroll?: string }): string =>
  `table-box${scroll === 'page' ? ' page-scrolled' : ''}`;

/** What scrolls by itself has to be reached by the keyboard. */
const regionOf = ({ scroll, label }: { readonly scroll?: string; readonly label: string }): object =>
  scroll === 'page' ? {} : { role: 'region', tabIndex: 0, 'aria-label': `${label}: scrolls` };

function PageTable<Row>(props: DataTableProps<Row>): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const offset = (box.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
    setTop(offset);
  }, []);
  const virtualizer = useWindowVirtualizer({
    count: props.rows.length,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    scrollMargin: top,
    getItemKey: (index) => keyAt(props, index),
  });
  return (
    <div ref={box} className={boxClass(props)}>
      <VirtualRows props={props} virtualizer={virtualizer} marginPx={top} />
    </div>
  );
}

function OwnTable<Row>(props: DataTableProps<Row>): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: props.rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => DENSE_ROW_PX,
    overscan: OVERSCAN,
    getItemKey: (index) => keyAt(props, index),
  });
  return (
    <div ref={box} className="table-box own-scroll" {...regionOf(props)}>
      <VirtualRows props={props} virtualizer={virtualizer} marginPx={0} />
    </div>
  );
}

function keyAt<Row>({ rows, rowKey }: DataTableProps<Row>, index: number): string {
  const row = rows[index];
  return row === undefined ? String(index) : rowKey(row);
}

function VirtualRows<Row, Scroller extends Element | Window>({
  props,
  virtualizer,
  marginPx,
}: {
  readonly props: DataTableProps<Row>;
  readonly virtualizer: Virtualizer<Scroller, Element>;
  readonly marginPx: number;
}): ReactNode {
  const items = virtualizer.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  const above = first === undefined ? 0 : first.start - marginPx;
  const below = last === undefined ? 0 : virtualizer.getTotalSize() - (last.end - marginPx);
  const { onNearEnd } = props;
  const isNearEnd = last !== undefined && last.index >= props.rows.length - OVERSCAN * 2;
  useLayoutEffect(() => {
    if (isNearEnd) onNearEnd?.();
  }, [isNearEnd, onNearEnd]);
  return (
    <table className="table" aria-label={props.label} aria-rowcount={(props.total ?? props.rows.length) + 1}>
      <Head columns={props.columns} />
      <tbody>
        <Spacer heightPx={above} columns={props.columns.length} />
        {items.map(({ index, key }) => {
          const row = props.rows[index];
          return row === undefined ? null : (
            <TableRow
              key={String(key)}
              row={row}
              props={props}
              index={index}
              measure={virtualizer.measureElement}
            />
          );
        })}
        <Spacer heightPx={below} columns={props.columns.length} />
      </tbody>
    </table>
  );
}

function Spacer({ heightPx, columns }: { readonly heightPx: number; readonly columns: number }): ReactNode {
  return heightPx <= 0 ? null : (
    <tr className="spacer" aria-hidden="true">
      <td colSpan={columns} style={{ height: heightPx }} />
    </tr>
  );
}

function Head<Row>({ columns }: { readonly columns: readonly Column<Row>[] }): ReactNode {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column.id} scope="col" className={cellClass(column)}>
            {column.head}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function TableRow<Row>({
  row,
  props,
  index,
  measure,
}: {
  readonly row: Row;
  readonly props: DataTableProps<Row>;
  readonly index?: number;
  readonly measure?: (element: Element | null) => void;
}): ReactNode {
  const { onOpen } = props;
  const classes = [props.rowClass?.(row), onOpen === undefined ? undefined : 'can-open'];
  return (
    <tr
      ref={measure}
      data-index={index}
      aria-rowindex={index === undefined ? undefined : index + 2}
      className={classes.filter((name) => name !== undefined).join(' ') || undefined}
      onClick={
        onOpen === undefined
          ? undefined
          : (event) => {
              const isControl =
                event.target instanceof Element && event.target.closest('a, button, summary') !== null;
              if (!isControl && getSelection()?.isCollapsed !== false) onOpen(row);
            }
      }
    >
      {props.columns.map((column) => (
        <td key={column.id} className={cellClass(column)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

function cellClass<Row>({ align, priority, wraps }: Column<Row>): string | undefined {
  const classes = [
    align === 'end' ? 'num' : null,
    priority === undefined ? null : `p${priority}`,
    wraps === true ? 'wrap' : wraps === 'never' ? 'keep' : null,
  ];
  return classes.filter((name) => name !== null).join(' ') || undefined;
}
