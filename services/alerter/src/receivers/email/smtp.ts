import { readFileSync } from 'node:fs';
import { createTransport, type SMTPTransportOptions } from 'nodemailer';
import { receiverInvalid } from '../address.ts';
import type { Answer, Deliver, Verdict } from '../receiver.ts';
import type { Mail } from './mail.ts';

/** A server that takes mail, and how the link to it is kept from others. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `whole`: TLS from the first byte. `upgraded`: STARTTLS, without which nothing is sent. `none`: plain. */
  readonly encryption: 'whole' | 'upgraded' | 'none';
  readonly login?: { readonly user: string; readonly pass: string };
  /** Certificates of the authorities to trust, PEM; else those of the system. */
  readonly authorities?: string;
}

const URL_REMEDY =
  'Write smtp://user:password@host:587, encrypted by STARTTLS, or smtps://user:password@host:465.';

/** Reads the settings of a server. Throws RECEIVER_INVALID, which shows no password. */
export function smtpServerOf(
  text: string,
  { isEncrypted, caFile }: { readonly isEncrypted: boolean; readonly caFile: string | undefined },
): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '')
    throw receiverInvalid('BURNLINE_SMTP_URL is not an smtp or smtps URL.', URL_REMEDY);
  const isWhole = url.protocol === 'smtps:';
  const login = loginOf(url);
  const encryption = isWhole ? 'whole' : isEncrypted ? 'upgraded' : 'none';
  if (login !== undefined && encryption === 'none')
    throw receiverInvalid(
      'BURNLINE_SMTP_URL has a password, and BURNLINE_SMTP_TLS is none: it would be sent for everybody to read.',
      'Leave BURNLINE_SMTP_TLS out, or the password.',
    );
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isWhole ? 465 : 587) : Number(url.port),
    encryption,
    ...(login !== undefined && { login }),
    ...(caFile !== undefined && { authorities: readAuthorities(caFile) }),
  };
}

function loginOf({ username, password }: URL): SmtpServer['login'] {
  if (username === '' && password === '') return undefined;
  try {
    return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  } catch {
    throw receiverInvalid(
      'BURNLINE_SMTP_URL has a user or password that is not percent-encoded rightly.',
      URL_REMEDY,
    );
  }
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw receiverInvalid(
      `BURNLINE_SMTP_TLS_CA_FILE: ${file} cannot be read: ${String(error)}`,
      'Correct the path, or its permissions.',
    );
  }
}

/** Replies of 400 and more may pass, those of 500 and more do not; 0 stands for no reply at all. */
export function smtpVerdict(code: number): Verdict {
  if (code >= 200 && code < 300) return 'taken';
  return code >= 500 ? 'refused' : 'again';
}

/** Sends mails from one address to another, each by a connection of its own. */
export function smtpDeliver(
  server: SmtpServer,
  { from, to }: { readonly from: string; readonly to: string },
): Deliver {
  return async ({ body }, { signal, timeoutMs }) => {
    const { subject, text, messageId, thread, isUrgent } = body as Mail;
    const attempt = new AbortController();
    const stop = (): void => {
      attempt.abort();
    };
    const timer = setTimeout(stop, timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    try {
      signal.throwIfAborted();
      const { response } = await createTransport(transportOptions(server, timeoutMs)).sendMail({
        ...{ from, to, subject, text, messageId, references: [thread], inReplyTo: thread },
        ...{ envelope: { from, to: [to] }, priority: isUrgent ? 'high' : 'normal', signal: attempt.signal },
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return answerOf(Number(response.slice(0, 3)));
    } catch (failure) {
      signal.throwIfAborted();
      if (attempt.signal.aborted) return { ...answerOf(0), error: `no answer within ${timeoutMs} ms` };
      return failedAnswer(failure);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  };
}

function transportOptions(
  { host, port, encryption, login, authorities }: SmtpServer,
  timeoutMs: number,
): SMTPTransportOptions {
  return {
    ...{ host, port, secure: encryption === 'whole', requireTLS: encryption === 'upgraded' },
    ...{ ignoreTLS: encryption === 'none', disableFileAccess: true, disableUrlAccess: true },
    ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
    ...(login !== undefined && { auth: login }),
    ...(authorities !== undefined && { tls: { ca: authorities } }),
  };
}

const answerOf = (statusCode: number): Answer => ({
  statusCode,
  error: `SMTP ${statusCode}`,
  retryAfterMs: null,
});

/** By the code of the reply alone: its text is the server's, and may repeat what it was sent. */
function failedAnswer(failure: unknown): Answer {
  const { responseCode, code, message } = failure as {
    readonly responseCode?: number;
    readonly code?: string;
    readonly message?: string;
  };
  // ETLS, EAUTH and the like: what of the exchange it was that failed.
  if (responseCode !== undefined)
    return { ...answerOf(responseCode), error: `SMTP ${responseCode} ${code ?? ''}`.trim() };
  return { ...answerOf(0), error: [code, message].filter((part) => part !== undefined).join(': ') };
}
