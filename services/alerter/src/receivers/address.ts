import { AppError } from '@burnline/core';

type ReceiverErrorCode = 'RECEIVER_INVALID';

/** Where requests go, and the login that stood in the URL. */
export interface Address {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A URL as fetch takes it, which refuses one with a user in it: user and password become Basic authentication. `what` names
 * the setting. Throws RECEIVER_INVALID.
 */
export function addressOf(text: string, what: string): Address {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw receiverInvalid(`${what} is not an http or https URL.`);
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
    throw receiverInvalid(`${what} has a user or password that is not percent-encoded rightly.`);
  }
}

export function receiverInvalid(
  message: string,
  remedy = 'Write URL or NAME=URL, such as on-call=https://user:password@host/path.',
): AppError<ReceiverErrorCode> {
  return new AppError('RECEIVER_INVALID', message, { remedy });
}
