import { exportOpenslo, exportPrometheus, exportSloth, type Exported, type SpecFile } from '@burnline/specs';
import type { SloPlan } from '@burnline/core';
import { readSpecFiles } from '@burnline/judging';
import { Argument } from 'commander';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import type { CommandContext } from './command-context.ts';
import { plansOf } from './specs.ts';

const FORMATS: Readonly<Record<string, (files: readonly SpecFile[], plans: readonly SloPlan[]) => Exported>> =
  {
    openslo: exportOpenslo,
    sloth: (_, plans) => exportSloth(plans),
    prometheus: (_, plans) => exportPrometheus(plans),
  };

const HELP = `openslo: every SLO whole, as the official SDK takes it, its burn tiers written out.

sloth and prometheus read two counters that you then have to count into, with a label slo and one per dimension:
  burnline_slo_events_total      what counts
  burnline_slo_bad_events_total  what of it is bad

What the format has no words for is told beside it.`;

/** `burnline export`: specs in the formats of others. */
export function addExport(context: CommandContext): void {
  context.program
    .command('export')
    .description('print specs in the format of another tool')
    .addArgument(new Argument('<format>', 'what to make').choices(Object.keys(FORMATS)))
    .argument('<files...>', 'OpenSLO files, or folders of them')
    .addHelpText('after', helpText(HELP))
    .action((format: string, paths: string[]) =>
      context.run(async (output) => {
        const files = await readSpecFiles(paths);
        const plans = plansOf(files, output);
        const made = plans === null ? undefined : FORMATS[format]?.(files, plans);
        if (made === undefined) return EXIT.invalid;
        output.json(made);
        output.line(made.text.trimEnd());
        for (const { slo, message } of made.notes) output.note(`${slo}: ${message}`);
        return EXIT.ok;
      }),
    );
}
