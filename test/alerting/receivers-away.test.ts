import { RECEIVER_VARIABLES, receiversOf } from '@burnline/alerter';
import { readEnvironment } from '@burnline/runtime';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { decide, decisionOf } from '../contract/receivers/decisions.ts';
import { startSmtpReceiver } from '../contract/receivers/smtp-receiver.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables, hurriedClock, openLog, startNotifier, startReceiver, until } from './bench.ts';

/** Goal: while every other receiver refuses, limits, breaks off or does not answer, one that is well is told at once; then all are, once. */
let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

it('receivers that are away delay no other, and miss and double nothing', async () => {
  const { store } = database;
  await emptyTables(store);
  const log = await openLog();
  const away = { isOver: false };
  const refusing = (status: number | null) => startReceiver(() => (away.isOver ? 204 : status));
  const [well, slack, teams, pagerduty] = await Promise.all([
    startReceiver(),
    refusing(429),
    refusing(403),
    startReceiver((_, response) => {
      if (!away.isOver) response.destroy();
      return away.isOver ? 202 : null;
    }),
  ]);
  const mail = await startSmtpReceiver({ script: Array.from({ length: 6 }, () => 451) });
  const servers = [well, slack, teams, pagerduty, mail];
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });
  const receivers = receiversOf(
    readEnvironment(RECEIVER_VARIABLES, {
      BURNLINE_WEBHOOK_URL: `well=${well.url}`,
      BURNLINE_SLACK_URL: slack.url,
      BURNLINE_TEAMS_URL: teams.url,
      BURNLINE_PAGERDUTY_ROUTING_KEYS: 'k'.repeat(32),
      BURNLINE_PAGERDUTY_URL: new URL(pagerduty.url).origin,
      BURNLINE_EMAIL_TO: 'on-call@example.org',
      BURNLINE_EMAIL_FROM: 'burnline@example.org',
      BURNLINE_SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
      BURNLINE_SMTP_TLS: 'none',
    }),
  );
  const notifier = startNotifier(store, log, receivers, hurriedClock);
  onTestFinished(() => notifier.stop());
  const at = Math.floor(Date.now() / 1_000) * 1_000 - 20_000;
  await decide(
    log,
    [1, 2, 3].map((series) => decisionOf(series, 'fire', at)),
  );
  await until(() => well.requests.length === 3);
  // Each of the others was asked several times by then or is soon, and none has taken anything.
  await until(() => [slack, teams, pagerduty].every(({ requests }) => requests.length >= 6));
  expect(
    [slack, teams, pagerduty].flatMap(({ requests }) => requests.map(({ status }) => status)),
  ).not.toContain(204);
  await decide(log, [decisionOf(1, 'resolve', at + 5_000)]);
  await until(() => well.requests.length === 4);
  away.isOver = true;
  const undone = (): Promise<readonly { receiver: string; outcome: string }[]> =>
    store.query(
      `SELECT receiver, toString(outcome) AS outcome FROM alert_notifications FINAL ORDER BY receiver, outcome`,
    );
  await until(async () => {
    const rows = await undone();
    return rows.length === 20 && rows.every(({ outcome }) => outcome !== 'waiting');
  });
  expect(well.requests).toHaveLength(4);
  const failed = (await undone()).filter(({ outcome }) => outcome === 'failed');
  for (const [name, { requests }] of Object.entries({ slack, teams, pagerduty })) {
    const taken = requests.filter(({ status }) => status === 204 || status === 202).map(({ key }) => key);
    // The page that ended before it was taken is of no use any more, and neither is its end where that is known.
    expect(new Set(taken).size, name).toBe(taken.length);
    // What waited may be told together.
    expect(taken.length, name).toBeGreaterThanOrEqual(1);
    const keys = await store.query<{ key: string }>(
      `SELECT decision_key AS key FROM alert_notifications FINAL
       WHERE receiver = {name:String} AND outcome = 'delivered'`,
      { name },
    );
    expect(
      keys.filter(({ key }) => /\|[23]\|/.test(key)),
      name,
    ).toHaveLength(2);
  }
  expect(failed.every(({ receiver }) => receiver !== 'well')).toBe(true);
  expect(new Set(mail.mails.map(({ mail: { messageId } }) => messageId)).size).toBe(mail.mails.length);
});
