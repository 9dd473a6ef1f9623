import type { SloPlan } from '@burnline/core';
import { loadSpecs } from '@burnline/specs';
import { openHistory } from '../backtest/open-history.ts';
import { measureInherited, type Inherited } from '../suggest/inherited.ts';
import { printInherited } from '../output/inherited-text.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT } from '../output/exit-codes.ts';
import { counted } from '../output/format.ts';
import { issuesText } from '../output/issues-text.ts';
import type { Output } from '../output/output.ts';
import { printMeanings } from '../output/slo-meaning.ts';
import { checkSpecsFound, readSpecFiles } from '@burnline/judging';

interface ValidateOptions {
  readonly strict?: boolean;
  readonly against?: string;
  readonly stream?: string;
}

/** `burnline validate`: every mistake in spec files at once. */
export function addValidate(context: CommandContext): void {
  context.program
    .command('validate')
    .description('check SLO spec files and show what they mean; prints every mistake at once')
    .argument('<files...>', 'OpenSLO files, or folders of them')
    .option('--strict', 'refuse what the OpenSLO SDK refuses, instead of warning')
    .option(
      '--against <folder>',
      "also hold targets against what providers gave, by the raw rows of this data directory (or of CLICKHOUSE_URL's database)",
    )
    .option('--stream <name>', 'with --against: whose raw rows (default: live, or the only one)')
    .action((files: string[], options: ValidateOptions) =>
      context.run(async (output) => {
        const mode = options.strict === true ? 'strict' : 'tolerant';
        const specs = await readSpecFiles(files);
        const loaded = loadSpecs(specs, { mode });
        const { plans, issues, warnings } = loaded;
        checkSpecsFound(specs, loaded);
        const { against, stream } = options;
        const inherited =
          against === undefined || issues.length > 0
            ? null
            : await inheritedOf(plans, { dataDir: against, stream }, output);
        output.json({ issues, warnings, slos: plans, ...(inherited !== null && { inherited }) });
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
        if (inherited !== null) printInherited(inherited, output);
        return EXIT.ok;
      }),
    );
}

async function inheritedOf(
  plans: readonly SloPlan[],
  given: { readonly dataDir: string; readonly stream: string | undefined },
  output: Output,
): Promise<readonly Inherited[]> {
  const history = await openHistory({ ...given, toMs: Date.now() }, output);
  try {
    return await measureInherited(history, plans);
  } finally {
    await history.close();
  }
}
