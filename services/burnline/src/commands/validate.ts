import { durationText } from '@burnline/core';
import { formatIssues, loadSpecs } from '@burnline/contracts';
import type { CommandContext } from './command-context.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatPercent } from '../output/format.ts';
import { checkSpecsFound, readSpecFiles } from '@burnline/processor';

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
        if (warnings.length > 0) output.line(formatIssues(warnings));
        if (issues.length > 0) output.line(formatIssues(issues));
        const mistakes = `${issues.length} mistake${issues.length === 1 ? '' : 's'}`;
        output.line(issues.length === 0 ? output.tone('good', 'valid') : output.tone('bad', mistakes));
        if (issues.length > 0) return EXIT.invalid;
        output.table(
          ['SLO', 'service', 'target', 'period', 'by', 'burn tiers'],
          plans.map((plan) => [
            plan.slo,
            plan.service,
            formatPercent(plan.target.numerator / plan.target.denominator, 3),
            plan.period.text,
            plan.sli.groupBy.dimensions.join(', ') || '-',
            plan.tiers
              .map((tier) => {
                const factor = tier.factor.numerator / tier.factor.denominator;
                return `${factor.toFixed(1)}x over ${durationText(tier.longWindowMs)} and ${durationText(tier.shortWindowMs)}`;
              })
              .join('\n'),
          ]),
        );
        return EXIT.ok;
      }),
    );
}
