import { AppError } from '@burnline/core';
import type { CommandContext } from './command-context.ts';
import { EXIT } from '../output/exit-codes.ts';
import { openForReading } from './database-access.ts';
import { DATA_DIR_OPTION } from './options.ts';

/** `burnline query`: SQL as the read-only analyst. */
export function addQuery(context: CommandContext): void {
  context.program
    .command('query')
    .description('run SQL as the read-only analyst, on a running pipeline or on its data')
    .argument('<sql>', 'one statement; tables and views are described in docs/tables.md')
    .addOption(DATA_DIR_OPTION())
    .option('--format <name>', 'ClickHouse output format (default: PrettyCompact, with --json JSONEachRow)')
    .action((sql: string, options: { dataDir: string; format?: string }) =>
      context.run(async (output) => {
        const database = await openForReading(options.dataDir);
        try {
          const format = options.format ?? (output.isJson ? 'JSONEachRow' : 'PrettyCompactNoEscapes');
          const params = new URLSearchParams({ database: database.database, default_format: format });
          const response = await fetch(`${database.url}/?${params.toString()}`, {
            method: 'POST',
            headers: { 'x-clickhouse-user': database.user, 'x-clickhouse-key': database.password },
            body: sql,
          });
          const body = new Uint8Array(await response.arrayBuffer());
          if (!response.ok) throw queryError(new TextDecoder().decode(body), response.headers);
          process.stdout.write(body);
          if (body.length === 0) output.note('0 rows');
          return EXIT.ok;
        } finally {
          await database.close();
        }
      }),
    );
}

/** ClickHouse's codes for a statement that is right and asks too much: time, rows, queries at once, memory. */
const LIMIT_CODES: ReadonlySet<string> = new Set(['158', '159', '160', '202', '241', '307', '396']);

function queryError(text: string, headers: Headers): AppError {
  const code = headers.get('x-clickhouse-exception-code') ?? '';
  const details = { code };
  if (LIMIT_CODES.has(code)) {
    return new AppError('CLI_QUERY_LIMITED', text.trim(), {
      remedy:
        'Read less: a shorter time, fewer columns. The limits of an analyst are in docs/embedded-engine.md.',
      details,
    });
  }
  return new AppError('CLI_QUERY_REFUSED', text.trim(), {
    remedy: 'docs/tables.md describes tables and columns; SQL is that of ClickHouse, for reading only.',
    details,
  });
}
