import { createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import { createLogger, systemClock, type Store } from '@burnline/runtime';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { planOf } from '../dead-letters/letter-streams.ts';
import {
  readLetter,
  readLetters,
  readValues,
  type Letter,
  type LetterState,
} from '../dead-letters/letter-table.ts';
import { parsePosition, positionText } from '../dead-letters/position.ts';
import { replayDeadLetters } from '../dead-letters/replay-dead-letters.ts';
import { printLetter, printLetters, printPlan, printResult } from '../output/dead-letter-text.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import type { CommandContext } from './command-context.ts';
import { DATA_DIR_OPTION, parseInstant } from './options.ts';
import { openPipelineParts, withReadingStore } from './pipeline-access.ts';
import { userName } from './user-name.ts';

/** Letters of one list or one replay: what is printed, planned and held at once. */
const LIMIT_MAX = 10_000;

/** `burnline dead-letters`: what was set aside, why, and sending it again. */
export function addDeadLetters(context: CommandContext): void {
  const command = context.program
    .command('dead-letters')
    .description('messages that were set aside: list them, look at one, send them again');
  addList(command, context);
  addShow(command, context);
  addReplayLetters(command, context);
}

interface ListOptions {
  readonly dataDir: string;
  readonly code?: string;
  readonly topic?: string;
  readonly state?: LetterState;
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
}

function addList(command: Command, context: CommandContext): void {
  command
    .command('list')
    .description('dead letters, newest first')
    .addOption(DATA_DIR_OPTION())
    .option('--code <code>', 'with this error code only')
    .option('--topic <topic>', 'of this topic only')
    .addOption(new Option('--state <state>', 'in this state only').choices(['open', 'replayed', 'given up']))
    .option('--since <time>', 'from this log time on, ISO 8601', parseInstant)
    .option('--until <time>', 'before this log time, ISO 8601', parseInstant)
    .option('--limit <number>', 'at most so many', parseLimit, 50)
    .action(({ dataDir, since, until, ...filter }: ListOptions) =>
      context.run((output) =>
        withReadingStore(dataDir, output, async (store) => {
          const times = {
            ...(since === undefined ? {} : { sinceMs: since }),
            ...(until === undefined ? {} : { untilMs: until }),
          };
          const letters = await readLetters(store, { ...filter, ...times });
          output.json({ deadLetters: letters.map(withPosition) });
          printLetters(letters, output);
          return EXIT.ok;
        }),
      ),
    );
}

function addShow(command: Command, context: CommandContext): void {
  command
    .command('show')
    .description('one dead letter: why it was set aside, its bytes, and how far they can be read')
    .argument('<position>', 'TOPIC/PARTITION/OFFSET, as list prints it')
    .addOption(DATA_DIR_OPTION())
    .action((text: string, { dataDir }: { dataDir: string }) =>
      context.run(async (output) => {
        const position = parsePosition(text);
        return withReadingStore(dataDir, output, async (store) => {
          const letter = await readLetter(store, position);
          const value = (await readValues(store, [letter])).get(positionText(letter)) ?? new Uint8Array();
          printLetter(letter, { value, schemas: loadPackageSchemas() }, output);
          return EXIT.ok;
        });
      }),
    );
}

interface ReplayOptions {
  readonly dataDir: string;
  readonly code?: string;
  readonly all?: boolean;
  readonly limit: number;
  readonly yes?: boolean;
}

function addReplayLetters(command: Command, context: CommandContext): void {
  command
    .command('replay')
    .description('send dead letters again; without --yes, say what would be sent')
    .argument('[positions...]', 'TOPIC/PARTITION/OFFSET, as list prints them')
    .addOption(DATA_DIR_OPTION())
    .option('--code <code>', 'all open ones with this error code')
    .option('--all', 'all open ones')
    .option('--limit <number>', 'with --code and --all: at most so many, the newest', parseLimit, 1_000)
    .option('--yes', 'send them')
    .action((positions: string[], options: ReplayOptions) =>
      context.run((output) =>
        options.yes === true ? send(positions, options, output) : preview(positions, options, output),
      ),
    );
}

async function preview(
  positions: readonly string[],
  options: ReplayOptions,
  output: Output,
): Promise<number> {
  return withReadingStore(options.dataDir, output, async (store) => {
    const letters = await selectLetters(store, positions, options);
    const plan = await planOf({ store, schemas: loadPackageSchemas() }, letters);
    printPlan(plan, output);
    return plan.refused.length === 0 ? EXIT.ok : EXIT.no;
  });
}

async function send(positions: readonly string[], options: ReplayOptions, output: Output): Promise<number> {
  const directory = await openPipelineParts(options.dataDir);
  try {
    const { log, store } = directory;
    const schemas = loadPackageSchemas();
    const ports = {
      log,
      store,
      schemas,
      decoder: createBatchDecoder(schemas),
      logger: createLogger({ name: 'burnline', level: 'warn' }),
      clock: systemClock,
      user: userName(),
    };
    const result = await replayDeadLetters(ports, await selectLetters(store, positions, options));
    printResult(result, output);
    return result.refused.length === 0 ? EXIT.ok : EXIT.no;
  } finally {
    await directory.close();
  }
}

async function selectLetters(
  store: Store,
  positions: readonly string[],
  { code, all, limit }: ReplayOptions,
): Promise<readonly Letter[]> {
  const ways = [positions.length > 0, code !== undefined, all === true].filter(Boolean).length;
  if (ways !== 1) {
    throw new AppError('CLI_SELECTION_INVALID', 'Give positions, --code or --all: one of them', {
      remedy: '`burnline dead-letters list` prints positions and codes.',
    });
  }
  if (positions.length === 0) {
    const filter = code === undefined ? {} : { code };
    // In the order in which they came.
    return (await readLetters(store, { ...filter, state: 'open', limit })).toReversed();
  }
  const letters = new Map<string, Letter>();
  for (const position of positions.map(parsePosition)) {
    const letter = await readLetter(store, position);
    letters.set(positionText(letter), letter);
  }
  return [...letters.values()];
}

function withPosition(letter: Letter): object {
  return { position: positionText(letter), ...letter };
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${LIMIT_MAX}.`);
  }
  return limit;
}
