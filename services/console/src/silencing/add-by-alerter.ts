import { isAppError } from '@burnline/core';
import { askOperations, type OperationsAddress } from '@burnline/runtime';
import { consoleError } from '../console-error.ts';
import type { AddSilence } from '../console-parts.ts';

/** Somebody waits before a page; an alerter writes one row. */
const ANSWER_MS_MAX = 10_000;
/** What is said of a silence, by whoever adds it. */
const OF_SILENCES = new Set(['SILENCE_INVALID', 'SILENCES_FULL']);
/** What says that this console and its alerter do not fit together, which whoever silences can do nothing about. */
const UNFIT = new Set(['OPERATIONS_TOKEN_WRONG', 'OPERATIONS_REFUSED', 'OPERATIONS_CROSS_SITE']);

/**
 * Silences are added by an alerter, whose database user may write. Rejects with CONSOLE_ALERTER_AWAY, CONSOLE_ALERTER_REFUSED, or as
 * adding does there: SILENCE_INVALID, SILENCES_FULL.
 */
export const addByAlerter =
  (alerter: OperationsAddress): AddSilence =>
  async (request) => {
    try {
      return await askOperations<{ readonly id: string }>(alerter, '/silences/add', request, {
        answerMsMax: ANSWER_MS_MAX,
      });
    } catch (error) {
      if (!isAppError(error)) throw error;
      if (UNFIT.has(error.code))
        throw consoleError(
          'CONSOLE_ALERTER_REFUSED',
          'The alerter, which writes silences, takes none from this console',
          {
            remedy:
              'Silence by the command. BURNLINE_OPERATIONS_PASSWORD has to be the same here and at the alerter that BURNLINE_ALERTER_URL names.',
            cause: error,
          },
        );
      if (OF_SILENCES.has(error.code)) throw error;
      throw consoleError(
        'CONSOLE_ALERTER_AWAY',
        'The alerter, which writes silences, did not say that it did',
        {
          remedy:
            'See by `burnline silence list` whether it is there, else silence by the command; and whether the alerter and its database run: BURNLINE_ALERTER_URL names it.',
          cause: error,
        },
      );
    }
  };
