import { isatty } from 'node:tty';
import { Command, CommanderError } from 'commander';
import type { CommandContext } from './commands/command-context.ts';
import { addDemo } from './commands/demo.ts';
import { addQuery } from './commands/query.ts';
import { addReplay } from './commands/replay.ts';
import { addStatus } from './commands/status.ts';
import { addUp } from './commands/up.ts';
import { addValidate } from './commands/validate.ts';
import { EXIT, Output } from './output/output.ts';

const EPILOGUE = `
Exit codes: 0 done; 1 failed; 2 the arguments, specs or mapping are wrong; 3 the answer is no (figures differ, --fail-on met).

Start here:
  burnline demo                                   real measurements through the whole pipeline, checked
  burnline up --specs slos.yaml                   run it; POST events to http://127.0.0.1:4380/v1/events
  burnline status                                 SLIs, budgets, burn rates, alerts
  burnline query "SELECT * FROM inferences LIMIT 5"`;

/** The burnline command. Resolves to the process's exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('burnline')
    .description('SLOs, error budgets and burn rates for LLM services.')
    .version('0.1.0')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', EPILOGUE)
    .exitOverride()
    .showHelpAfterError('(burnline --help shows the commands)');
  let exitCode: number = EXIT.ok;
  const context: CommandContext = {
    program,
    async run(work) {
      const isJson = program.opts<{ json?: boolean }>().json === true;
      const output = new Output({ isJson, isTerminal: isatty(process.stdout.fd) });
      try {
        exitCode = await work(output);
      } catch (error) {
        exitCode = output.error(error);
      }
    },
  };
  for (const add of [addUp, addDemo, addReplay, addValidate, addStatus, addQuery]) add(context);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.invalid;
    throw error;
  }
  return exitCode;
}
