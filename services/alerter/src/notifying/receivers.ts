import { AppError } from '@burnline/core';

type ReceiverErrorCode = 'RECEIVER_INVALID';

/** Where notifications go. */
export interface WebhookReceiver {
  readonly name: string;
  readonly url: string;
  /** E.g. authorization; never logged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What it is sent: each decision as `notificationOf` writes it, which is the default, or alerts as Alertmanager takes them. */
  readonly kind?: 'webhook' | 'alertmanager';
}

/** An Alertmanager, by its address; a path prefix is kept. */
export function alertmanagerReceiver(url: string): WebhookReceiver {
  const { headers, url: plain } = addressOf(url, 'BURNLINE_ALERTMANAGER_URL');
  const base = plain.replace(/\/+$/, '');
  return {
    name: 'alertmanager',
    kind: 'alertmanager',
    url: `${base}/api/v2/alerts`,
    ...(headers !== undefined && { headers }),
  };
}

/** A name before the URL: `on-call=https://host/path`. */
const NAMED = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,39})=(.*)$/s;
/** Receivers' names and positions go into one commit. */
const RECEIVERS_MAX = 20;

/**
 * Receivers as they are written, `URL` or `NAME=URL`. Without a name the first is `webhook`, the second `webhook-2`, and so
 * on; what a receiver has not taken yet is kept under its name. User and password in a URL are sent as Basic authentication.
 *
 * @throws AppError RECEIVER_INVALID, whose message never shows a URL: it often is a secret.
 */
export function webhookReceivers(entries: readonly string[]): readonly WebhookReceiver[] {
  const receivers = entries.map((entry, index) => {
    const [, given, rest] = NAMED.exec(entry) ?? [];
    const name = given ?? (index === 0 ? 'webhook' : `webhook-${index + 1}`);
    const { url, headers } = addressOf(rest ?? entry, `Webhook ${index + 1}`);
    return { name, url, ...(headers !== undefined && { headers }) };
  });
  const names = receivers.map(({ name }) => name);
  if (receivers.length > RECEIVERS_MAX) {
    throw invalid(`${receivers.length} webhooks are given, ${RECEIVERS_MAX} is the most.`);
  }
  if (new Set(names).size < names.length)
    throw invalid(`Two webhooks have the same name: ${names.join(', ')}.`);
  return receivers;
}

/** Entries of a text, or of a file that holds them: separated by white space, lines that begin with # left out. */
export function webhookEntries(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(/\s+/))
    .filter((entry) => entry !== '');
}

/** A URL as fetch takes it, which refuses one with a user in it. */
function addressOf(text: string, what: string): Pick<WebhookReceiver, 'url' | 'headers'> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalid(`${what} is not an http or https URL.`);
  const { username, password } = url;
  if (username === '' && password === '') return { url: text };
  const login = `${plainOf(username, what)}:${plainOf(password, what)}`;
  url.username = '';
  url.password = '';
  return { url: url.href, headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}` } };
}

function plainOf(encoded: string, what: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw invalid(`${what} has a user or password that is not percent-encoded rightly.`);
  }
}

function invalid(message: string): AppError<ReceiverErrorCode> {
  return new AppError('RECEIVER_INVALID', message, {
    remedy: 'Write URL or NAME=URL, such as on-call=https://user:password@host/path.',
  });
}
