import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  Notifier,
  RECEIVER_VARIABLES,
  receiversOf as allReceiversOf,
  type Receiver,
} from '@burnline/alerter';
import { createLogger, readEnvironment, type EventLog, type Logger, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { emptyTables, hurriedClock, openLog, until } from '../../alerting/bench.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';
import { makeCertificates, type Certificates } from '../../support/kafka/certificates.ts';
import { decide, decisionOf, longDecision } from './decisions.ts';
import { startSmtpReceiver, type SmtpReceiver } from './smtp-receiver.ts';

/** Goal: a mail says what there is to know, is sent until it is taken, in secret, and nothing in an event becomes a header. */
let database: TestDatabase;
let store: Store;
let log: EventLog;
let folder: string;
let certificates: Certificates;
let lines: string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'burnline-mail-'));
  [database, certificates] = await Promise.all([
    startTestDatabase(),
    makeCertificates(path.join(folder, 'tls')),
  ]);
  store = database.store;
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await emptyTables(store);
  log = await openLog();
  lines = [];
});

const receiversOf = (environment: Readonly<Record<string, string>>): readonly Receiver[] =>
  allReceiversOf(readEnvironment(RECEIVER_VARIABLES, environment));
const LOGIN = 'us%20er:s3cret@';

const environmentOf = (port: number, over: Readonly<Record<string, string>> = {}) => ({
  BURNLINE_EMAIL_TO: 'night-shift=on-call@example.org',
  BURNLINE_EMAIL_FROM: 'burnline@example.org',
  BURNLINE_SMTP_URL: `smtp://${LOGIN}127.0.0.1:${port}`,
  BURNLINE_SMTP_TLS_CA_FILE: certificates.caFile,
  BURNLINE_CONSOLE_URL: 'https://burnline.example/behind/',
  ...over,
});

async function serve(options: Parameters<typeof startSmtpReceiver>[0] = {}): Promise<SmtpReceiver> {
  const server = await startSmtpReceiver({ certificates, ...options });
  onTestFinished(() => server.close());
  return server;
}

function notify(environment: Readonly<Record<string, string>>): void {
  const keep = (...what: unknown[]): void => void lines.push(JSON.stringify(what));
  const silent = createLogger({ name: 'test', level: 'silent' });
  const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => silent };
  const controller = new AbortController();
  const parts = { store, log, clock: hurriedClock, logger, receivers: receiversOf(environment) };
  const ended = new Notifier(parts).run(controller.signal);
  onTestFinished(async () => {
    controller.abort();
    await ended;
  });
}

/** All that a mail has. */
const HEADERS = [
  ...[
    'from',
    'to',
    'subject',
    'message-id',
    'references',
    'in-reply-to',
    'date',
    'auto-submitted',
    'received',
  ],
  ...['x-priority', 'x-msmail-priority', 'importance', 'mime-version', 'content-type'],
  'content-transfer-encoding',
];

const nowMs = (): number => Math.floor(Date.now() / 1_000) * 1_000;
const outcomes = (): Promise<
  readonly { outcome: string; attempts: number; status: number; error: string }[]
> =>
  store.query(
    `SELECT toString(outcome) AS outcome, attempts, status_code AS status, error
     FROM alert_notifications FINAL ORDER BY decision_key`,
  );
const allAre = async (outcome: string, count: number): Promise<boolean> => {
  const rows = await outcomes();
  return rows.length === count && rows.every((row) => row.outcome === outcome);
};

describe('a mail', () => {
  it.each([
    ['STARTTLS', false, 'smtp'],
    ['TLS from the first byte', true, 'smtps'],
  ])('goes to one address, encrypted by %s, with a login', async (_, isWhole, protocol) => {
    const server = await serve({ isWhole });
    notify(
      environmentOf(server.port, {
        BURNLINE_SMTP_URL: `${protocol}://${LOGIN}127.0.0.1:${server.port}`,
      }),
    );
    await decide(log, [decisionOf(1, 'fire', nowMs() - 20_000), decisionOf(1, 'resolve', nowMs() - 10_000)]);
    await until(() => allAre('delivered', 2));
    const [fire, resolve] = server.mails;
    expect(fire).toMatchObject({
      from: 'burnline@example.org',
      to: ['on-call@example.org'],
      isEncrypted: true,
      user: 'us er',
    });
    expect(fire!.mail.subject).toContain('Page SEV-2: First tokens of chat, model_served=m1');
    for (const part of [
      '50 of 100 bad in 1h',
      'provider=acme',
      'https://wiki.example/chat',
      'The alert in Burnline: https://burnline.example/behind/alert?id=',
      'burnline status',
    ])
      expect(fire!.mail.text).toContain(part);
    expect(resolve!.mail.subject).toContain('resolved');
    expect(resolve!.mail.messageId).not.toBe(fire!.mail.messageId);
    expect(resolve!.mail.references).toBe(fire!.mail.references);
    const header = (name: string) => fire!.mail.headers.find(({ key }) => key === name)?.value;
    expect(header('auto-submitted')).toBe('auto-generated');
    expect(header('x-priority')).toMatch(/^1/);
  });

  it('may go in the clear where that is said, and never with a password', async () => {
    const server = await startSmtpReceiver();
    onTestFinished(() => server.close());
    const plain = { BURNLINE_SMTP_URL: `smtp://127.0.0.1:${server.port}`, BURNLINE_SMTP_TLS: 'none' };
    notify(environmentOf(server.port, plain));
    await decide(log, [decisionOf(1, 'fire', nowMs() - 20_000)]);
    await until(() => allAre('delivered', 1));
    expect(server.mails[0]).toMatchObject({ isEncrypted: false, user: '' });
    const withPassword = environmentOf(server.port, { BURNLINE_SMTP_TLS: 'none' });
    expect(() => receiversOf(withPassword)).toThrow(expect.objectContaining({ code: 'RECEIVER_INVALID' }));
  });

  it('is not sent where the server has no encryption, or that of an unknown authority', async () => {
    const plain = await startSmtpReceiver();
    onTestFinished(() => plain.close());
    const stranger = await serve();
    const untrusting = environmentOf(stranger.port, { BURNLINE_SMTP_TLS_CA_FILE: '' });
    for (const environment of [environmentOf(plain.port), untrusting]) {
      const [receiver] = receiversOf(environment);
      const decision = decisionOf(1, 'fire', nowMs());
      const telling = { decision, isTold: true, key: 'key', firedAtMs: decision.at };
      const request = receiver!.begin().requestFor([{ telling, context: null, repeat: 0 }], decision.at);
      const attempt = { signal: new AbortController().signal, timeoutMs: 5_000 };
      const answer = await receiver!.deliver!(request, attempt);
      expect(receiver!.verdictOf(answer.statusCode)).not.toBe('taken');
      expect(answer.error).toMatch(/TLS|certificate/i);
    }
    expect([plain.attempts.count, stranger.attempts.count]).toEqual([0, 0]);
  });

  it('names every series of a storm', async () => {
    const server = await serve();
    notify(environmentOf(server.port));
    const series = Array.from({ length: 120 }, (_, index) => index);
    await decide(
      log,
      series.map((one) => decisionOf(one, 'fire', nowMs() - 20_000)),
    );
    await until(() => allAre('delivered', 120));
    const text = server.mails.map(({ mail }) => mail.text).join('\n');
    for (const one of series) expect(text).toContain(`live|chat-ttft|${one}|1h&5m`);
    expect(server.mails.length).toBeLessThan(20);
  });

  it.each([
    ['replies that may pass', [451, 421, 450]],
    ['refusals, until somebody mends them', [550, 554]],
    ['connections that break off', [null, null]],
  ])('of the present is sent in spite of %s, each time the same', async (_, script) => {
    const server = await serve({ script });
    notify(environmentOf(server.port));
    await decide(log, [decisionOf(1, 'fire', nowMs() - 10_000)]);
    await until(() => allAre('delivered', 1));
    expect(await outcomes()).toMatchObject([{ attempts: script.length + 1, status: 250, error: '' }]);
    expect(server.attempts.count).toBe(script.length + 1);
    expect(server.mails).toHaveLength(1);
  });

  it('of the past is sent once where it is refused for good, and again where it may pass', async () => {
    const server = await serve({ script: [550, 451] });
    notify(environmentOf(server.port));
    await decide(log, [decisionOf(1, 'fire', nowMs() - 2 * 3_600_000)]);
    await until(() => allAre('failed', 1));
    expect(await outcomes()).toMatchObject([{ attempts: 1, status: 550, error: 'SMTP 550 EMESSAGE' }]);
    await decide(log, [decisionOf(2, 'fire', nowMs() - 2 * 3_600_000)]);
    await until(async () => (await outcomes()).some(({ outcome }) => outcome === 'delivered'));
    expect(server.attempts.count).toBe(3);
  });

  it('is given up for the moment where the server does not answer in time', async () => {
    const server = await serve({ answerAfterMs: 2_000 });
    const [receiver] = receiversOf(environmentOf(server.port));
    const decision = decisionOf(1, 'fire', nowMs());
    const telling = { decision, isTold: true, key: 'key', firedAtMs: decision.at };
    const request = receiver!.begin().requestFor([{ telling, context: null, repeat: 0 }], decision.at);
    const running = new AbortController();
    const answer = await receiver!.deliver!(request, { signal: running.signal, timeoutMs: 500 });
    expect(answer).toEqual({ statusCode: 0, error: 'no answer within 500 ms', retryAfterMs: null });
    const stopped = receiver!.deliver!(request, { signal: running.signal, timeoutMs: 5_000 });
    running.abort();
    await expect(stopped).rejects.toThrow();
  });

  it('holds nothing of an event in its headers, whatever that is', async () => {
    const server = await serve();
    notify(environmentOf(server.port));
    const evil = 'x\r\nBcc: all@example.org\r\n\r\n.\r\nMAIL FROM:<evil@example.org>\u2028\u0000';
    const at = nowMs() - 10_000;
    await decide(log, [
      decisionOf(1, 'fire', at, {
        displayName: evil,
        service: evil,
        labels: { tenant: evil },
        runbook: evil,
      }),
      longDecision(2, 'fire', at - 5_000),
      longDecision(2, 'ended', at),
    ]);
    await until(() => allAre('delivered', 3));
    for (const { to, raw, mail } of server.mails) {
      expect(to).toEqual(['on-call@example.org']);
      expect(mail.bcc ?? []).toEqual([]);
      const [head = ''] = raw.split('\r\n\r\n');
      expect(head).not.toMatch(/^(Bcc|MAIL FROM)/im);
      expect(mail.headers.map(({ key }) => key).filter((key) => !HEADERS.includes(key))).toEqual([]);
      expect(mail.subject!.length).toBeLessThanOrEqual(200);
      expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThan(998);
    }
  });

  it('has a password that no line, row or error shows', async () => {
    const server = await serve();
    const wrong = { BURNLINE_SMTP_URL: `smtp://us%20er:s3cret-wrong@127.0.0.1:${server.port}` };
    notify(environmentOf(server.port, wrong));
    await decide(log, [decisionOf(1, 'fire', nowMs() - 2 * 3_600_000)]);
    await until(() => allAre('failed', 1));
    const told = `${lines.join('\n')}\n${JSON.stringify(await outcomes())}`;
    expect(told).toContain('SMTP 535');
    expect(told).not.toContain('s3cret');
  });

  it('has settings that are refused without being shown', async () => {
    const secretFile = path.join(folder, 'smtp-url');
    await writeFile(secretFile, `smtp://${LOGIN}host\n`);
    const fromFile = environmentOf(25, { BURNLINE_SMTP_URL: '', BURNLINE_SMTP_URL_FILE: secretFile });
    expect(receiversOf(fromFile)).toHaveLength(1);
    const wrong = [
      { BURNLINE_SMTP_URL: 's3cret' },
      { BURNLINE_SMTP_URL: 'http://user:s3cret@host' },
      { BURNLINE_SMTP_URL: 'smtp://user:s3cret%zz@host' },
      { BURNLINE_SMTP_URL: '' },
      { BURNLINE_EMAIL_FROM: 'a@example.org,b@example.org' },
      { BURNLINE_EMAIL_TO: 'night=on-call' },
      { BURNLINE_SMTP_TLS_CA_FILE: path.join(folder, 'nowhere') },
    ];
    for (const over of wrong) {
      const read = (): unknown => receiversOf(environmentOf(25, over));
      expect(read).toThrow(expect.objectContaining({ code: 'RECEIVER_INVALID' }));
      expect(read).not.toThrow(/s3cret/);
    }
    expect(receiversOf({})).toEqual([]);
  });
});
