import { writeFile } from 'node:fs/promises';
import { AppError, type Criticality } from '@burnline/core';
import {
  CRITICALITIES,
  NAME_PATTERN,
  SERVICE_LENGTH_MAX,
  TEMPLATE_NAMES,
  writeTemplate,
  type TemplateName,
} from '@burnline/specs';
import { InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import type { CommandContext } from './command-context.ts';

const HELP = `The spec is valid as it stands: infrastructure and model side by side, with comments that say what each SLO is for, what its
events have to carry, and what to change. The criticality sets targets, and whether alerts page or make tickets alone (low).`;

interface InitOptions {
  readonly template: TemplateName;
  readonly service: string;
  readonly criticality: Criticality;
  readonly out?: string;
}

function parseService(text: string): string {
  if (NAME_PATTERN.test(text) && text.length <= SERVICE_LENGTH_MAX) return text;
  throw new InvalidArgumentError(
    `Expected at most ${SERVICE_LENGTH_MAX} lower-case letters, digits and -, as events name it in service.`,
  );
}

/** `burnline init`: a first spec for a service. */
export function addInit(context: CommandContext): void {
  context.program
    .command('init')
    .description('write a first spec for a service, with comments, by the kind of model behind it')
    .addOption(
      new Option('--template <model>', 'the kind of model').choices(TEMPLATE_NAMES).makeOptionMandatory(),
    )
    .addOption(
      new Option('--service <name>', 'the service, as its events name it')
        .argParser(parseService)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--criticality <word>', 'how much depends on it').choices(CRITICALITIES).default('medium'),
    )
    .option('--out <file>', 'a file that is not there yet; without it the spec is printed')
    .addHelpText('after', helpText(HELP))
    .action(({ out, ...request }: InitOptions) =>
      context.run(async (output) => {
        const spec = writeTemplate(request);
        if (out === undefined) {
          output.json({ spec });
          output.line(spec.trimEnd());
          return EXIT.ok;
        }
        await writeNew(out, spec);
        output.json({ file: out });
        output.line(`${out} is written: burnline validate ${out}`);
        return EXIT.ok;
      }),
    );
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new AppError('CLI_FILE_EXISTS', `${file} is there already`, {
        remedy: 'Name another file, or print the spec without --out and take from it what is wanted.',
        cause: error,
      });
    throw new AppError('CLI_FILE_UNWRITABLE', `${file} cannot be written: ${message}`, {
      remedy: 'Name a file in a folder that is there and may be written to.',
      cause: error,
    });
  }
}
