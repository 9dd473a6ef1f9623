import { readFile } from 'node:fs/promises';
import { webhookEntries, webhookReceivers, type Receiver } from '@burnline/alerter';
import { AppError } from '@burnline/core';

type ReceiversErrorCode = 'WEBHOOK_FILE_UNREADABLE';

/**
 * Receivers of pages, from `--webhook`, its environment variable, or the file that BURNLINE_WEBHOOK_FILE names: a URL in
 * arguments can be read by everybody on the machine.
 *
 * @throws AppError RECEIVER_INVALID, WEBHOOK_FILE_UNREADABLE
 */
export async function receiversOf(
  webhooks: readonly string[] | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<readonly Receiver[]> {
  const file = environment['BURNLINE_WEBHOOK_FILE'] ?? '';
  if (webhooks !== undefined || file === '')
    return webhookReceivers(webhookEntries((webhooks ?? []).join('\n')));
  try {
    return webhookReceivers(webhookEntries(await readFile(file, 'utf8')));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError<ReceiversErrorCode>(
      'WEBHOOK_FILE_UNREADABLE',
      `${file}, which BURNLINE_WEBHOOK_FILE names, cannot be read: ${String(error)}`,
      { remedy: 'Correct the path, or unset BURNLINE_WEBHOOK_FILE.', cause: error },
    );
  }
}
