import { isatty } from 'node:tty';
import type { CommandContext } from './command-context.ts';
import { EXIT } from '../output/exit-codes.ts';
import { shownLines } from '../output/shown.ts';
import { openReadingServer } from './pipeline-access.ts';
import { askServer } from './statement.ts';
import { DATA_DIR_OPTION } from './options.ts';

/** `burnline query`: SQL as the read-only analyst. */
export function addQuery(context: CommandContext): void {
  context.program
    .command('query')
    .description(
      'run SQL: as the read-only analyst on a running pipeline or its data, or on the database of CLICKHOUSE_URL',
    )
    .argument('<sql>', 'one statement; tables and views are described in docs/tables.md')
    .addOption(DATA_DIR_OPTION())
    .option(
      '--format <name>',
      'ClickHouse output format (default: PrettyCompact, with --json JSONEachRow); 64-bit integers are text in JSON',
    )
    .action((sql: string, options: { dataDir: string; format?: string }) =>
      context.run(async (output) => {
        const server = await openReadingServer(options.dataDir);
        try {
          const format = options.format ?? (output.isJson ? 'JSONEachRow' : 'PrettyCompactNoEscapes');
          const body = await askServer(server, sql, format);
          // A terminal obeys what stands in an event's text; a file or a program gets every byte.
          if (isatty(process.stdout.fd)) process.stdout.write(shownLines(new TextDecoder().decode(body)));
          else process.stdout.write(body);
          if (body.length === 0) output.note('0 rows');
          return EXIT.ok;
        } finally {
          await server.close();
        }
      }),
    );
}
