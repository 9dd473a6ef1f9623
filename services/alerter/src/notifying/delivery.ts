import { parseRetryAfter } from '@burnline/core';
import type { Answer, ReceiverRequest } from '../receivers/receiver.ts';

/**
 * Posts a notification once. Receivers get its key in the body and as `Idempotency-Key`: after a crash the same notification
 * may be sent once more, under the same key. Rejects only when the signal aborts: then it is not known whether it was taken.
 */
export async function post(
  { url, headers, key, body, sign }: ReceiverRequest,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Answer> {
  // Not AbortSignal.any over AbortSignal.timeout: both are held weakly, and once collected the request waits for ever.
  const attempt = new AbortController();
  const stop = (): void => {
    attempt.abort(signal.reason);
  };
  const timer = setTimeout(() => {
    attempt.abort(new Error(`no answer within ${timeoutMs} ms`));
  }, timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  const text = JSON.stringify(body);
  try {
    signal.throwIfAborted();
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': headerText(key),
        ...headers,
        ...sign?.(text, Date.now()),
      },
      body: text,
      // Following would make a POST a GET that some login page answers with 200, and hand our headers to another host.
      redirect: 'manual',
      signal: attempt.signal,
    });
    // The body is of no interest, but the socket is freed only once it is read or cancelled.
    await response.body?.cancel();
    const { status: statusCode, headers: told } = response;
    const restMs = parseRetryAfter(told.get('retry-after'), Date.now());
    return { statusCode, error: `HTTP ${statusCode}`, retryAfterMs: restMs };
  } catch (failure) {
    if (signal.aborted) throw failure;
    const error = reasonOf(failure).replaceAll(url, 'the URL');
    return { statusCode: 0, error, retryAfterMs: null };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Why there is no answer. The URL of a webhook often is a secret: the caller takes it out. */
function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const { cause } = failure;
  return cause instanceof Error ? `${failure.message}: ${cause.message}` : failure.message;
}

/** Headers carry ASCII alone: what else a name holds is percent-encoded. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, encodeURIComponent);
}
