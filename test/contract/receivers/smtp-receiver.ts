import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { Certificates } from '../../support/kafka/certificates.ts';

/** A mail as the server took it. */
interface HeardMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly mail: Email;
  readonly isEncrypted: boolean;
  /** Who logged in. */
  readonly user: string;
}

export interface SmtpReceiver {
  readonly port: number;
  readonly mails: readonly HeardMail[];
  /** Attempts to hand a mail over, whatever became of them. */
  readonly attempts: { count: number };
  close(): Promise<void>;
}

/** A real SMTP server that answers by script first; `null` breaks the connection off where the mail ends. */
export async function startSmtpReceiver({
  certificates,
  isWhole = false,
  script = [],
  answerOf = (place) => script[place],
  answerAfterMs = 0,
}: {
  /** Without them it knows no encryption and no login. */
  readonly certificates?: Certificates;
  readonly isWhole?: boolean;
  readonly script?: readonly (number | null)[];
  /** In place of a script, by the place of the attempt from 0; undefined takes the mail. */
  readonly answerOf?: (place: number) => number | null | undefined | Promise<number | null | undefined>;
  readonly answerAfterMs?: number;
} = {}): Promise<SmtpReceiver> {
  const mails: HeardMail[] = [];
  const attempts = { count: 0 };
  const pem = certificates === undefined ? null : await readFile(certificates.serverFile, 'utf8');
  const server = new SMTPServer({
    ...(pem === null
      ? { authOptional: true, disabledCommands: ['AUTH', 'STARTTLS'] }
      : { key: pem, cert: pem, secure: isWhole, authMethods: ['PLAIN', 'LOGIN'] }),
    onAuth: ({ username, password }, _, done) => {
      if (username === 'us er' && password === 's3cret') done(null, { user: username });
      else done(new Error(`no login with ${password}`));
    },
    onData: (stream, session, done) => {
      const place = attempts.count;
      attempts.count += 1;
      const take = async (bytes: Buffer): Promise<void> => {
        await sleep(answerAfterMs);
        const code = await answerOf(place);
        if (code === null) {
          for (const connection of server.connections) connection.close();
          return;
        }
        if (code !== undefined) {
          done(Object.assign(new Error('not now'), { responseCode: code }));
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: bytes.toString('latin1'),
          mail: await PostalMime.parse(bytes),
          isEncrypted: session.secure,
          user: String(session.user ?? ''),
        });
        done();
      };
      // Nothing is left to answer where the connection broke off before the mail was whole.
      void buffer(stream).then(take, () => undefined);
    },
  });
  // A client that breaks off is what some tests are about.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    attempts,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
