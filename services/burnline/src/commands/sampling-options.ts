import type { SamplingRules } from '@burnline/collector';
import { DAY_MS, SAMPLE_WEIGHT_MAX } from '@burnline/core';
import { InvalidArgumentError, Option } from 'commander';

export const SAMPLE_ONE_IN_OPTION = (): Option =>
  new Option(
    '--sample-one-in <number>',
    'of requests that went well and were fast, one of so many is kept and stands for the others',
  )
    .default(1)
    .env('BURNLINE_SAMPLE_ONE_IN')
    .argParser(parseOneIn);

export const SAMPLE_SLOW_OPTION = (): Option =>
  new Option('--sample-slow <ms>', 'attempts and requests that took as long are kept whole')
    .env('BURNLINE_SAMPLE_SLOW_MS')
    .argParser(parseMs);

export const SAMPLE_SLOW_TTFT_OPTION = (): Option =>
  new Option('--sample-slow-ttft <ms>', 'those whose first token took as long, likewise')
    .env('BURNLINE_SAMPLE_SLOW_TTFT_MS')
    .argParser(parseMs);

function parseOneIn(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= SAMPLE_WEIGHT_MAX) return count;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${SAMPLE_WEIGHT_MAX}.`);
}

function parseMs(text: string): number {
  const ms = Number(text);
  if (Number.isInteger(ms) && ms >= 1 && ms <= DAY_MS) return ms;
  throw new InvalidArgumentError(`Expected whole milliseconds from 1 to ${DAY_MS}.`);
}

export interface SamplingOptions {
  readonly sampleOneIn: number;
  readonly sampleSlow?: number;
  readonly sampleSlowTtft?: number;
}

export function samplingRules({
  sampleOneIn: oneIn,
  sampleSlow,
  sampleSlowTtft,
}: SamplingOptions): SamplingRules {
  return {
    oneIn,
    ...(sampleSlow === undefined ? {} : { slowMs: sampleSlow }),
    ...(sampleSlowTtft === undefined ? {} : { slowTtftMs: sampleSlowTtft }),
  };
}
