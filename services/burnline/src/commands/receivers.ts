import { readFile } from 'node:fs/promises';
import {
  RECEIVER_VARIABLES,
  WEBHOOK_KEYS_VARIABLE,
  entriesOf,
  receiversOf as allReceiversOf,
  webhookReceivers,
  type Receiver,
} from '@burnline/alerter';
import { AppError } from '@burnline/core';
import { readEnvironment } from '@burnline/runtime';

type ReceiversErrorCode = 'WEBHOOK_FILE_UNREADABLE';

/**
 * Receivers of pages: webhooks, as `webhooksOf` has them, and whatever else the alerter's variables name.
 *
 * @throws AppError RECEIVER_INVALID, WEBHOOK_FILE_UNREADABLE, CONFIG_INVALID
 */
export async function receiversOf(
  webhooks: readonly string[] | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<readonly Receiver[]> {
  const given = await entriesOfWebhooks(webhooks, environment);
  const config = readEnvironment(RECEIVER_VARIABLES, environment);
  // Those of this command stand in place of those of the alerter.
  return allReceiversOf(given.length === 0 ? config : { ...config, BURNLINE_WEBHOOK_URL: given.join('\n') });
}

/**
 * Webhooks from `--webhook`, its environment variable, or the file that BURNLINE_WEBHOOK_FILE names: a URL in arguments can be
 * read by everybody on the machine. A replay tells these alone: whoever is on call is not woken by the past.
 *
 * @throws AppError RECEIVER_INVALID, WEBHOOK_FILE_UNREADABLE, CONFIG_INVALID
 */
export async function webhooksOf(
  webhooks: readonly string[] | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<readonly Receiver[]> {
  const { BURNLINE_WEBHOOK_KEYS: keys } = readEnvironment(WEBHOOK_KEYS_VARIABLE, environment);
  return webhookReceivers(await entriesOfWebhooks(webhooks, environment), keys);
}

async function entriesOfWebhooks(
  webhooks: readonly string[] | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  const file = environment['BURNLINE_WEBHOOK_FILE'] ?? '';
  return entriesOf(
    webhooks !== undefined || file === '' ? (webhooks ?? []).join('\n') : await readWebhooks(file),
  );
}

async function readWebhooks(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError<ReceiversErrorCode>(
      'WEBHOOK_FILE_UNREADABLE',
      `${file}, which BURNLINE_WEBHOOK_FILE names, cannot be read: ${String(error)}`,
      { remedy: 'Correct the path, or unset BURNLINE_WEBHOOK_FILE.', cause: error },
    );
  }
}
