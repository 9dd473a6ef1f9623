import { AppError } from '@burnline/core';

/** Where a dead letter stood. */
export interface LetterPosition {
  /** Name of the epoch (`topic@1`), or of the topic alone: then its newest letter at that place is meant. */
  readonly source: string;
  readonly partition: number;
  readonly offset: number;
}

const POSITION = /^([A-Za-z0-9._@-]{1,260})\/(\d{1,5})\/(\d{1,15})$/;

/** Reads `TOPIC/PARTITION/OFFSET`, as lists print it. Throws CLI_POSITION_INVALID. */
export function parsePosition(text: string): LetterPosition {
  const [, source, partition, offset] = POSITION.exec(text) ?? [];
  if (source === undefined) {
    throw new AppError('CLI_POSITION_INVALID', `${JSON.stringify(text)} is no position of a dead letter`, {
      remedy: 'Give it as `burnline dead-letters list` prints it, such as burnline.live.inference@1/0/42.',
    });
  }
  return { source, partition: Number(partition), offset: Number(offset) };
}

export function positionText(letter: {
  readonly stream_epoch: string;
  readonly partition: number;
  readonly offset: number;
}): string {
  return `${letter.stream_epoch}/${letter.partition}/${letter.offset}`;
}
