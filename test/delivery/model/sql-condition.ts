import type { QueryParams } from '@burnline/runtime';

type Columns = Readonly<Record<string, unknown>>;

const COLUMNS = ['stream_epoch', 'spec_rev', 'source_kind', 'source', 'log_interval'] as const;

/** What of ClickHouse the conditions call; times are epoch seconds on both sides. */
const FUNCTIONS = {
  fromUnixTimestamp: (seconds: number) => seconds,
  toUnixTimestamp: (seconds: number) => seconds,
  toUInt32: (value: number) => value,
  transform: (value: unknown, from: readonly unknown[], to: readonly unknown[], other: unknown) =>
    from.includes(value) ? to[from.indexOf(value)] : other,
};

/** The reading rule's own SQL conditions, run over rows in memory: what they say is what the model's readers read. */
export function compileCondition(sql: string, params: QueryParams): (row: Columns) => boolean {
  const script = sql
    .replace(/(\w+) IN \{(\w+):[^}]*\}/g, 'params.$2.includes($1)')
    .replace(/\{(\w+):[^}]*\}/g, 'params.$1')
    .replace(/([^<>!=])=([^=])/g, '$1===$2')
    .replace(/\bAND\b/g, '&&')
    .replace(/\bOR\b/g, '||');
  const names = [...Object.keys(FUNCTIONS), 'params'];
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is the project's own SQL
  const test = new Function(
    ...names,
    `return ({ ${COLUMNS.join(', ')} }) => Boolean(${script.replace(/\s+/g, ' ')});`,
  ) as (...values: readonly unknown[]) => (row: Columns) => boolean;
  return test(...Object.values(FUNCTIONS), params);
}
