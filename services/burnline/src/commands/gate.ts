import { CHANGE_KINDS, type ChangeKind, type GateAnswer } from '@burnline/core';
import { ARM_DIMENSIONS } from '@burnline/queries';
import { Option } from 'commander';
import { askGate, type KeptGateAnswer } from '../governing/gate.ts';
import { printGateAnswer } from '../output/gate-text.ts';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import { changeDatabase } from './change-database.ts';
import type { CommandContext } from './command-context.ts';
import { DATA_DIR_OPTION, parseInstant, parseShare } from './options.ts';

interface GateOptions {
  readonly dataDir: string;
  readonly service: string;
  readonly change: ChangeKind;
  readonly stream?: string;
  readonly asOf?: number;
  readonly by?: string;
  readonly baseline?: string;
  readonly candidate?: string;
  readonly margin?: number;
  readonly from?: number;
}

const EXIT_OF: Readonly<Record<GateAnswer, number>> = {
  allow: EXIT.ok,
  deny: EXIT.no,
  insufficient: EXIT.insufficient,
};

/** `burnline gate`: whether a service may ship a change, with reasons; the answer is kept. */
export function addGate(context: CommandContext): void {
  context.program
    .command('gate')
    .description('ask whether a service may ship a change: allow, deny or insufficient, with reasons')
    .addOption(DATA_DIR_OPTION())
    .requiredOption('--service <name>', 'the service that is to change')
    .addOption(new Option('--change <kind>', 'what is to change').choices(CHANGE_KINDS).makeOptionMandatory())
    .option('--stream <name>', 'live by default, or the name of a replay')
    .option('--as-of <time>', 'moment of the history; now by default', parseInstant)
    .addOption(
      new Option('--by <field>', 'of a model or prompt: what tells its arms apart').choices(ARM_DIMENSIONS),
    )
    .option('--baseline <value>', 'the arm that is held against')
    .option('--candidate <value>', 'the arm that is to ship')
    .option('--margin <share>', 'a difference of bad shares up to this is none (default: 0.02)', parseShare)
    .option('--from <time>', 'from when on the arms are compared; by default 7 days before', parseInstant)
    .addHelpText('after', helpText(GATE_HELP))
    .action(({ dataDir, ...request }: GateOptions) =>
      context.run(async (output) => {
        const answer = await changeDatabase<KeptGateAnswer>(dataDir, {
          ...{ path: '/gate', request },
          write: (store) => askGate(store, { ...request }, Date.now()),
        });
        output.json(answer);
        printGateAnswer(answer, output);
        return EXIT_OF[answer.answer];
      }),
    );
}

const GATE_HELP = `Exits with 0 for allow, 3 for deny and 4 for insufficient: there is not enough evidence. 1 and 2 are no answers. A fix passes what
a policy stops, and never missing evidence. Every answer is kept in table gate_answers. docs/governing.md has policies, and jobs for CI.`;
