import { formatIssues, loadSpecs, type SpecFile } from '@burnline/specs';
import { AppError, type SloPlan } from '@burnline/core';
import { readGivenSpecs, readSpecFiles, recordSpecs, watchSpecs } from '@burnline/judging';
import { systemClock, type Logger } from '@burnline/runtime';
import type { Output } from '../output/output.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { plansOf } from './specs.ts';

const STREAM = 'live';

/** The specs that a start was given, and what they say. */
export interface GivenSpecs {
  readonly paths: readonly string[];
  /** Read once: what is watched for changes must be what the plans were made of. */
  readonly files: readonly SpecFile[];
  readonly plans: readonly SloPlan[];
}

export interface SpecOptions {
  readonly specs?: readonly string[];
  readonly removeSlos?: boolean;
}

/**
 * Reads the specs of the command line: null if they have mistakes, all of which have been printed, `kept` where none are
 * named and the data directory's are to go on.
 */
export async function readGiven(options: SpecOptions, output: Output): Promise<GivenSpecs | 'kept' | null> {
  if (options.removeSlos === true) {
    if (options.specs === undefined) return { paths: [], files: [], plans: [] };
    throw new AppError('CLI_OPTIONS_EXCLUDE', '--remove-slos and --specs exclude each other', {
      remedy: 'Specs without an SLO remove it; --remove-slos alone removes all of them.',
    });
  }
  if (options.specs === undefined) return 'kept';
  const files = await readSpecFiles(options.specs);
  const plans = plansOf(files, output);
  return plans === null ? null : { paths: options.specs, files, plans };
}

/** Gives the pipeline its SLOs, to be called before its stream starts; returns them. */
export async function giveSlos(pipeline: Pipeline, given: GivenSpecs | 'kept'): Promise<readonly SloPlan[]> {
  const plans = given === 'kept' ? await keptPlans(pipeline) : given.plans;
  if (given !== 'kept')
    await recordSpecs(pipeline.store, STREAM, { files: given.files, nowMs: systemClock.nowMs() });
  pipeline.proposeSlos(plans);
  return plans;
}

/** A stop is no removal: whoever starts without specs goes on with the SLOs of the directory. */
async function keptPlans({ store }: Pipeline): Promise<readonly SloPlan[]> {
  const files = await readGivenSpecs(store, STREAM);
  const { plans, issues } = loadSpecs(files, { mode: 'tolerant' });
  if (issues.length === 0) return plans;
  throw new AppError(
    'SPECS_INVALID',
    `The specs that the data directory was given are wrong by now:\n${formatIssues(issues)}`,
    {
      remedy: 'Correct them and name them: --specs.',
    },
  );
}

/** Looks at the named spec files for as long as the pipeline runs. */
export function watchGiven(pipeline: Pipeline, { paths, files }: GivenSpecs, logger: Logger): void {
  if (paths.length === 0) return;
  const { store, supervision } = pipeline;
  supervision.start('specs', (signal) =>
    watchSpecs(() => readSpecFiles(paths), {
      first: files,
      onPlans: async (plans, now) => {
        await recordSpecs(store, STREAM, { files: now, nowMs: systemClock.nowMs() });
        pipeline.proposeSlos(plans);
      },
      logger,
      clock: systemClock,
      signal,
    }),
  );
}
