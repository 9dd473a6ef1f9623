import { RECEIVER_VARIABLES, receiversOf } from '@burnline/alerter';
import { readEnvironment, systemClock } from '@burnline/runtime';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { decide, decisionOf } from '../contract/receivers/decisions.ts';
import { startSmtpReceiver } from '../contract/receivers/smtp-receiver.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables, openLog, startNotifier, startReceiver, until } from './bench.ts';

/**
 * Goal: while every kind of receiver is away, slow or refusing for an hour, a receiver that is well hears of each page before any of them does;
 * and when the hour is over each has every page, once.
 *
 * Method: an hour of the alerter's own clock in a few seconds; real requests to a server for each kind, mail included.
 */
const HASTE = 600;
const HOUR_MS = 3_600_000;
const KINDS = ['hook', 'slack', 'teams', 'pagerduty', 'opsgenie', 'alertmanager'] as const;
/** A page each so often. */
const PAUSE_MS = HOUR_MS / 4;
const PAGES = [1, 2, 3, 4];

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

/** The same of a server that takes mail: a code, or `null` where it breaks off. */
const MAIL_MANNERS: Readonly<Record<string, (place: number) => number | null | Promise<number>>> = {
  away: () => null,
  // Passing, and for good: a mailbox that is refused may be mended.
  refusing: (place) => (place % 2 === 0 ? 451 : 550),
  slow: () => sleep(500, 451),
};

/** How a receiver does not take a page; `null`: it has answered by itself, or does later. */
const MANNERS: Readonly<Record<string, (response: ServerResponse) => number | null>> = {
  away: (response) => {
    response.destroy();
    return null;
  },
  // Some say for how long.
  refusing: (response) => {
    if (response.req.socket.remotePort! % 2 === 0) return 503;
    response.setHeader('retry-after', '120');
    return 429;
  },
  slow: (response) => {
    // Longer than others are to wait for it; then it has not taken it.
    setTimeout(() => response.writeHead(503).end(), 500);
    return null;
  },
};

it.each(Object.keys(MANNERS))(
  '%s for an hour, receivers lose nothing, double nothing and delay no other',
  async (manner) => {
    const { store } = database;
    await emptyTables(store);
    const startMs = Date.now();
    const nowMs = (): number => startMs + (Date.now() - startMs) * HASTE;
    const clock = {
      ...systemClock,
      nowMs,
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / HASTE, signal),
    };
    const log = await openLog(undefined, nowMs);
    let isOver = false;
    const bad = await Promise.all(
      KINDS.map(() => startReceiver((_, response) => (isOver ? 202 : MANNERS[manner]!(response)))),
    );
    const mail = await startSmtpReceiver({
      answerOf: (place) => (isOver ? undefined : MAIL_MANNERS[manner]!(place)),
    });
    const well = await startReceiver();
    onTestFinished(async () => {
      await Promise.all([well, mail, ...bad].map((server) => server.close()));
    });
    const urlOf = (kind: (typeof KINDS)[number]): string => bad[KINDS.indexOf(kind)]!.url;
    const originOf = (kind: (typeof KINDS)[number]): string => new URL(urlOf(kind)).origin;
    const receivers = receiversOf(
      readEnvironment(RECEIVER_VARIABLES, {
        BURNLINE_WEBHOOK_URL: `well=${well.url} hook=${urlOf('hook')}`,
        BURNLINE_SLACK_URL: urlOf('slack'),
        BURNLINE_TEAMS_URL: urlOf('teams'),
        BURNLINE_PAGERDUTY_ROUTING_KEYS: 'k'.repeat(32),
        BURNLINE_PAGERDUTY_URL: originOf('pagerduty'),
        BURNLINE_OPSGENIE_API_KEY: 'k'.repeat(36),
        BURNLINE_OPSGENIE_URL: originOf('opsgenie'),
        BURNLINE_ALERTMANAGER_URL: originOf('alertmanager'),
        BURNLINE_EMAIL_TO: 'on-call@example.org',
        BURNLINE_EMAIL_FROM: 'burnline@example.org',
        BURNLINE_SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
        BURNLINE_SMTP_TLS: 'none',
      }),
    );
    const notifier = startNotifier(store, log, receivers, clock);
    onTestFinished(() => notifier.stop());
    for (const series of PAGES) {
      await decide(log, [decisionOf(series, 'fire', Math.floor(nowMs() / 1_000) * 1_000 - 5_000)]);
      await until(() => well.requests.length === series);
      await sleep(PAUSE_MS / HASTE);
    }
    expect(nowMs() - startMs).toBeGreaterThanOrEqual(HOUR_MS);
    const outcomes = (): Promise<readonly { receiver: string; outcome: string; count: number }[]> =>
      store.query(
        `SELECT receiver, toString(outcome) AS outcome, count() AS count FROM alert_notifications FINAL
       GROUP BY receiver, outcome ORDER BY receiver`,
      );
    expect(bad.every(({ requests }) => requests.length > 0)).toBe(true);
    expect(mail.attempts.count).toBeGreaterThan(0);
    expect(mail.mails).toEqual([]);
    expect((await outcomes()).filter(({ outcome }) => outcome === 'delivered')).toEqual([
      { receiver: 'well', outcome: 'delivered', count: PAGES.length },
    ]);
    isOver = true;
    const all = [...receivers].map(({ name }) => ({
      receiver: name,
      outcome: 'delivered',
      count: PAGES.length,
    }));
    await until(async () =>
      (await outcomes()).every(({ outcome, count }) => outcome === 'delivered' && count === PAGES.length),
    );
    expect(await outcomes()).toEqual(all.sort((a, b) => (a.receiver < b.receiver ? -1 : 1)));
    // On a slow machine hours pass, and what stands is told again.
    expect(well.requests.filter(({ body }) => body.repeat === 0)).toHaveLength(PAGES.length);
    const messageIds = mail.mails.map((one) => one.mail.messageId);
    expect(messageIds.length).toBeGreaterThan(0);
    expect(new Set(messageIds).size).toBe(messageIds.length);
    for (const [index, { requests }] of bad.entries()) {
      const taken = requests.filter(({ status }) => status === 202).map(({ key }) => key);
      // What an Alertmanager has heard it is told again and again: what stands is kept there for minutes alone.
      if (KINDS[index] !== 'alertmanager') expect(new Set(taken).size, KINDS[index]).toBe(taken.length);
      expect(taken.length, KINDS[index]).toBeGreaterThan(0);
    }
  },
);
