import { loadSpecs } from '@burnline/specs';
import type { CommandContext } from './command-context.ts';
import { EXIT } from '../output/exit-codes.ts';
import { counted } from '../output/format.ts';
import { issuesText } from '../output/issues-text.ts';
import { printMeanings } from '../output/slo-meaning.ts';
import { checkSpecsFound, readSpecFiles } from '@burnline/judging';

/** `burnline validate`: every mistake in spec files at once. */
export function addValidate(context: CommandContext): void {
  context.program
    .command('validate')
    .description('check SLO spec files and show what they mean; prints every mistake at once')
    .argument('<files...>', 'OpenSLO files, or folders of them')
    .option('--strict', 'refuse what the OpenSLO SDK refuses, instead of warning')
    .action((files: string[], options: { strict?: boolean }) =>
      context.run(async (output) => {
        const mode = options.strict === true ? 'strict' : 'tolerant';
        const specs = await readSpecFiles(files);
        const loaded = loadSpecs(specs, { mode });
        const { plans, issues, warnings } = loaded;
        checkSpecsFound(specs, loaded);
        output.json({ issues, warnings, slos: plans });
        if (warnings.length > 0)
          output.line(`${issuesText(warnings, 'warning', (word) => output.tone('warn', word))}\n`);
        if (issues.length > 0)
          output.line(`${issuesText(issues, 'mistake', (word) => output.tone('bad', word))}\n`);
        const also = warnings.length === 0 ? '' : `, ${counted(warnings.length, 'warning')}`;
        if (issues.length > 0) {
          output.line(`${output.tone('bad', counted(issues.length, 'mistake'))}${also}`);
          return EXIT.invalid;
        }
        output.line(`${output.tone('good', 'valid')}: ${counted(plans.length, 'SLO')}${also}`);
        printMeanings(plans, output);
        return EXIT.ok;
      }),
    );
}
