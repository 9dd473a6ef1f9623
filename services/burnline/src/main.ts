import { isatty } from 'node:tty';
import { Command, CommanderError } from 'commander';
import type { CommandContext } from './commands/command-context.ts';
import { addAlerts } from './commands/alerts.ts';
import { addDeadLetters } from './commands/dead-letters.ts';
import { addDemo } from './commands/demo.ts';
import { addDrill } from './commands/drill.ts';
import { addExport } from './commands/export.ts';
import { addImport } from './commands/import.ts';
import { addInit } from './commands/init.ts';
import { addIntakeKey } from './commands/intake-key.ts';
import { addMigrate } from './commands/migrate.ts';
import { addQuery } from './commands/query.ts';
import { addRecover } from './commands/recover.ts';
import { addReplay } from './commands/replay.ts';
import { addSchema } from './commands/schema.ts';
import { addStatus } from './commands/status.ts';
import { addUp } from './commands/up.ts';
import { addValidate } from './commands/validate.ts';
import { EXIT } from './output/exit-codes.ts';
import { Output } from './output/output.ts';
import { helpText } from './output/prose.ts';

const EPILOGUE = `Exit codes: 0 done; 1 failed; 2 the input is wrong (arguments, environment, specs, mapping, history, SQL); 3 the answer is
no (figures differ, --fail-on met, a dead letter refused, migrate --check, a drill's fault); 130 and 143 stopped by Ctrl+C
and SIGTERM before it was done (up and status --watch are done then: 0).

Start here:
  burnline demo                   real measurements, checked
  burnline up --specs slos.yaml   takes events at port 4380
  burnline status                 SLIs, budgets, burn rates
  burnline query "SELECT * FROM inferences LIMIT 5"`;

/** Columns from which on the text beside a command or an option is filled: on less it stands on a line of its own. */
const HELP_TEXT_COLUMNS_MIN = 16;

/** https://no-color.org, and terminals that show none. */
const mayColor = (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';

/** Columns for the answer: those of the terminal, or what COLUMNS says; a file or a pipe has no end to a line. */
function columnsOf(terminal: number | undefined): number {
  const named = Number(process.env['COLUMNS'] ?? '');
  return terminal ?? (Number.isInteger(named) && named > 0 ? named : Number.POSITIVE_INFINITY);
}

/** Whoever reads the answer may have read enough (`| head`): the rest goes nowhere, and the command ends as it would have. */
function endQuietly(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** The burnline command. Resolves to the process's exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  endQuietly(process.stdout);
  endQuietly(process.stderr);
  const program = new Command('burnline')
    .description('SLOs, error budgets and burn rates for LLM services.')
    .version('0.1.0')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', helpText(EPILOGUE))
    .configureHelp({ minWidthToWrap: HELP_TEXT_COLUMNS_MIN })
    .exitOverride()
    .showHelpAfterError('(burnline --help shows the commands)');
  let exitCode: number = EXIT.ok;
  const context: CommandContext = {
    program,
    async run(work) {
      const isJson = program.opts<{ json?: boolean }>().json === true;
      const isErrorTerminal = isatty(process.stderr.fd);
      const output = new Output({
        isJson,
        isErrorTerminal,
        isTerminal: isatty(process.stdout.fd),
        columns: columnsOf(process.stdout.columns),
        hasColors: isatty(process.stdout.fd) && mayColor,
        hasErrorColors: isErrorTerminal && mayColor,
      });
      try {
        exitCode = await work(output);
      } catch (error) {
        exitCode = output.error(error);
      }
    },
  };
  const all = [
    addUp,
    addDemo,
    addReplay,
    addValidate,
    addInit,
    addSchema,
    addExport,
    addImport,
    addStatus,
    addAlerts,
    addQuery,
    addMigrate,
    addDeadLetters,
    addRecover,
    addDrill,
    addIntakeKey,
  ];
  for (const add of all) add(context);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.invalid;
    throw error;
  }
  return exitCode;
}
