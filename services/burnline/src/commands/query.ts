import { isatty } from 'node:tty';
import type { CommandContext } from './command-context.ts';
import { EXIT } from '../output/exit-codes.ts';
import { shownLines, widthOf } from '../output/shown.ts';
import { openReadingServer } from './pipeline-access.ts';
import { askServer } from './statement.ts';
import { DATA_DIR_OPTION } from './options.ts';

/** A statement that took longer is not run a second time to make its answer fit the terminal. */
const ASK_AGAIN_MS_MAX = 2_000;

/** A terminal obeys what stands in an event's text; a file or a program gets every byte. */
const textOf = (body: Uint8Array): string => shownLines(new TextDecoder().decode(body));

const widestLine = (text: string): number =>
  text.split('\n').reduce((widest, line) => Math.max(widest, widthOf(line)), 0);

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
        const server = await openReadingServer(options.dataDir, output);
        try {
          const format = options.format ?? (output.isJson ? 'JSONEachRow' : 'PrettyCompactNoEscapes');
          const startedMs = performance.now();
          const body = await askServer(server, sql, format);
          const tookMs = performance.now() - startedMs;
          if (body.length === 0) output.note('0 rows');
          if (!isatty(process.stdout.fd)) {
            process.stdout.write(body);
            return EXIT.ok;
          }
          const mayChange = options.format === undefined && !output.isJson;
          const isTooWide = mayChange && widestLine(textOf(body)) > output.columns;
          const isQuick = tookMs < ASK_AGAIN_MS_MAX;
          process.stdout.write(
            textOf(isTooWide && isQuick ? await askServer(server, sql, 'Vertical') : body),
          );
          if (isTooWide && !isQuick)
            output.note('wider than the terminal: --format Vertical gives each value a line of its own');
          return EXIT.ok;
        } finally {
          await server.close();
        }
      }),
    );
}
