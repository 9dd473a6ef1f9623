/** What Grafana knows when it sends a panel's statement. */
export interface PanelContext {
  /** The chosen time, epoch s. */
  readonly fromS: number;
  readonly toS: number;
  /** Width of a bucket, s. */
  readonly intervalS: number;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * A statement as it reaches the database: variables as Grafana's format `sqlstring` writes them (quotes doubled), then the macros as
 * the ClickHouse plugin 4 expands them (its pkg/macros). Throws for what neither knows.
 */
export function expanded(sql: string, { fromS, toS, intervalS, variables }: PanelContext): string {
  const from = `toDateTime(${fromS})`;
  const to = `toDateTime(${toS})`;
  const text = sql
    .replace(/\$\{(\w+):sqlstring\}/g, (_, name: string) => {
      const value = variables[name];
      if (value === undefined) throw new Error(`the dashboard has no variable ${name}`);
      return `'${value.replaceAll("'", "''")}'`;
    })
    .replace(
      /\$__timeFilter\(([^)]+)\)/g,
      (_, column: string) => `${column} >= ${from} AND ${column} <= ${to}`,
    )
    .replace(
      /\$__timeInterval\(([^)]+)\)/g,
      (_, column: string) => `toStartOfInterval(toDateTime(${column}), INTERVAL ${intervalS} second)`,
    )
    .replaceAll('$__fromTime', from)
    .replaceAll('$__toTime', to)
    .replaceAll('$__interval_s', String(intervalS));
  if (text.includes('$')) throw new Error(`neither a macro nor a variable: ${text}`);
  return text;
}
