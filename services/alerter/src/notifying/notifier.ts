import { AppError, isAppError } from '@burnline/core';
import { DECISIONS_TOPIC } from '@burnline/contracts';
import type { LogConsumer } from '@burnline/runtime';
import { SilenceReader } from '../silencing/silence-reader.ts';
import type { NotifierParts } from './notifier-parts.ts';
import { NotifierSession } from './notifier-session.ts';

type NotifierErrorCode = 'NOTIFIER_RECEIVERS_ALIKE';

const GROUP = 'burnline-notifier';
/** How long what the receivers have finished may wait for its commit; a crash meanwhile sends it again. */
const POLL_MS_MAX = 200;

/**
 * Follows the decision log: writes each decision that stands into the tables, tells the receivers, each at its own pace,
 * then commits how far each has come, and now and then writes down what all of it comes to. A crash in between sends the same decision again under the same key; nothing is
 * skipped. A receiver that is new begins where the tables end.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #silences: SilenceReader;

  /** Throws NOTIFIER_RECEIVERS_ALIKE if two receivers have the same name. */
  constructor(parts: NotifierParts) {
    const names = parts.receivers.map((receiver) => receiver.name);
    if (new Set(names).size < names.length) {
      throw new AppError<NotifierErrorCode>(
        'NOTIFIER_RECEIVERS_ALIKE',
        `Two receivers have the same name: ${names.join(', ')}`,
        { remedy: 'Give every receiver a name of its own.' },
      );
    }
    this.#silences = new SilenceReader(parts);
    this.#parts = { ...parts, isSilenced: (alert) => this.#silences.isSilenced(alert) };
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const consumer = await this.#parts.log.consume({ group: GROUP, topics: [DECISIONS_TOPIC] });
    const current: { session: NotifierSession | null } = { session: null };
    try {
      while (!signal.aborted) await this.#advance(consumer, current, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await current.session?.stop();
      try {
        // What was finished since the last commit need not be sent again.
        await this.#commit(consumer, current.session);
      } finally {
        await consumer.close();
      }
    }
  }

  async #advance(
    consumer: LogConsumer,
    current: { session: NotifierSession | null },
    signal: AbortSignal,
  ): Promise<void> {
    const delivery = await consumer.next(POLL_MS_MAX);
    if (delivery.kind === 'assigned' || delivery.kind === 'revoked') {
      await current.session?.stop();
      current.session = null;
    }
    if (delivery.kind === 'assigned') {
      await this.#silences.readFirst(signal);
      for (const assigned of delivery.partitions) {
        current.session = await NotifierSession.begin(this.#parts, assigned, signal);
      }
    }
    await this.#silences.readIfDue();
    const { session } = current;
    if (session === null) return;
    if (delivery.kind === 'messages') await session.take(delivery.messages);
    session.check();
    const partition = [{ topic: DECISIONS_TOPIC, partition: 0 }];
    if (session.isFull) consumer.pause(partition);
    else consumer.resume(partition);
    await this.#commit(consumer, session);
    await session.checkpoint();
  }

  async #commit(consumer: LogConsumer, session: NotifierSession | null): Promise<void> {
    const progress = session?.progress();
    if (session === null || progress === undefined || progress === null) return;
    try {
      await consumer.commit([{ topic: DECISIONS_TOPIC, partition: 0, ...progress }]);
      session.noteCommitted(progress);
    } catch (error) {
      // Taken away meanwhile: whoever has it now goes on from the last commit, and the next delivery says so here.
      if (!isAppError(error) || error.code !== 'LOG_NOT_OWNER') throw error;
    }
  }
}
