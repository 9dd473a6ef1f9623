import { hostname } from 'node:os';
import { streamTopicNames } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import { processorGroupOf } from '@burnline/counting';
import { diagnoseTopic, type StreamConsumer } from '../recovery/diagnosis.ts';
import { recoverTopic } from '../recovery/recover-topic.ts';
import { planRecovery, type RecoveryPlan } from '../recovery/recovery-plan.ts';
import { countedTopics, keptTopics, referencesTopic, type EventLog, type Store } from '@burnline/runtime';
import { resolverGroupOf, sinkGroupOf } from '@burnline/sink';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import type { Output } from '../output/output.ts';
import { planFacts, printPlans } from '../output/recovery-text.ts';
import type { CommandContext } from './command-context.ts';
import { DATA_DIR_OPTION } from './options.ts';
import { openPipelineParts } from './pipeline-access.ts';
import { userName } from './user-name.ts';

interface RecoverOptions {
  readonly dataDir: string;
  readonly stream: string;
  readonly yes?: boolean;
}

/** `burnline recover`: goes on without what the log cannot give back, and says what that is. */
export function addRecover(context: CommandContext): void {
  context.program
    .command('recover')
    .description('after a halt: show what the log cannot give back, and with --yes go on without it')
    .addOption(DATA_DIR_OPTION())
    .option('--stream <name>', 'the stream that halts', 'live')
    .option(
      '--yes',
      'begin a new epoch at the positions that are shown; processors and sinks must be stopped',
    )
    .addHelpText(
      'after',
      helpText(`Looks with the services' own checks, and changes nothing without --yes. With KAFKA_BROKERS and CLICKHOUSE_URL set it looks
at the distributed pipeline (docs/environment.md), else at the data directory. Exit codes: 0 nothing is wrong, or it is
recovered; 3 something is wrong and --yes was not given. docs/operations.md walks through a halt.`),
    )
    .action((options: RecoverOptions) => context.run((output) => recover(options, output)));
}

async function recover(options: RecoverOptions, output: Output): Promise<number> {
  const parts = await openPipelineParts(options.dataDir);
  try {
    const plans = await plansOf(parts, options.stream);
    const faulty = plans.filter(({ diagnosis }) => diagnosis.isFaulty);
    if (faulty.length === 0) {
      output.json({ stream: options.stream, recovered: false, topics: plans.map(planFacts) });
      output.line(`Nothing is wrong with the log of stream ${options.stream}: its services can go on.`);
      return EXIT.ok;
    }
    printPlans(plans, output);
    if (options.yes === true) {
      const by = `${userName()}@${hostname()}`;
      for (const plan of faulty) await recoverTopic({ ...parts, nowMs: Date.now(), by }, plan);
      output.line(
        '\nRecovered. Start the services: they go on in the new epochs. Table recoveries has the record.',
      );
    } else {
      output.line('\nNothing was changed. Stop all processors and sinks, then run this again with --yes.');
    }
    output.json({ stream: options.stream, recovered: options.yes === true, topics: plans.map(planFacts) });
    return options.yes === true ? EXIT.ok : EXIT.no;
  } finally {
    await parts.close();
  }
}

async function plansOf(
  parts: { readonly log: EventLog; readonly store: Store },
  stream: string,
): Promise<readonly RecoveryPlan[]> {
  const { inference } = streamTopicNames(stream);
  const partitionCount = (await parts.log.bounds([inference])).length;
  const name = { name: stream, kind: 'live', partitionCount } as const;
  const counted = new Set(countedTopics(name).map(({ topic }) => topic));
  const sink: StreamConsumer = { consumer: 'sink', group: sinkGroupOf(stream) };
  const processor: StreamConsumer = { consumer: 'processor', group: processorGroupOf(stream) };
  const resolver: StreamConsumer = {
    consumer: 'sink',
    group: resolverGroupOf(stream),
    keepsWaiting: true,
  };
  const references = referencesTopic(name);
  const plans: RecoveryPlan[] = [];
  for (const topic of [...keptTopics(name), references]) {
    const ofTopic = topic.topic === references.topic ? [resolver] : [sink];
    const readers = counted.has(topic.topic) ? [processor, sink] : ofTopic;
    const diagnosis = await diagnoseTopic(parts, topic, readers);
    refuseGrown(diagnosis.epoch?.partitionCount ?? partitionCount, diagnosis.bounds.length, topic.topic);
    plans.push(planRecovery(diagnosis));
  }
  return plans;
}

function refuseGrown(expected: number, found: number, topic: string): void {
  if (expected === found) return;
  throw new AppError(
    'RECOVERY_PARTITIONS_DIFFER',
    `${topic} began with ${expected} partitions and has ${found}`,
    {
      remedy:
        'Partitions of a topic cannot be taken back: begin a stream of another name, with the number that it is to have.',
    },
  );
}
