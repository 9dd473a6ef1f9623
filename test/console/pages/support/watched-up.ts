import { createServer } from 'node:http';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeWriteKey } from '@burnline/console';
import { postRecords, sqlRows, startReadyUp } from '../../../support/embedded-up.ts';
import { recordedTraffic, recordedVerdicts, type SentEvent } from './recorded-traffic.ts';

const SPECS = new URL('../slos.yaml', import.meta.url).pathname;
/** As deep as checkouts lie: pages that show a path are to bear it on a narrow screen. */
const SPECS_FOLDER = 'home/a-user-of-some-name/projects/observability/service-level-objectives/production';
const READY_MS = 120_000;

/** `burnline up` as people start it, with three hours of traffic whose last minutes are bad, judged and paged. */
export interface WatchedUp {
  readonly console: string;
  readonly events: readonly SentEvent[];
  /** Of ann, who may silence. */
  readonly writeKey: string;
  /** Rows of a statement, by the database's own HTTP: what the pages show is held against them. */
  sql<Row>(statement: string): Promise<readonly Row[]>;
  send(events: readonly object[]): Promise<void>;
  close(): Promise<void>;
}

export async function startWatchedUp(): Promise<WatchedUp> {
  const root = await mkdtemp(path.join(tmpdir(), 'burnline-pages-'));
  const specs = path.join(root, SPECS_FOLDER, 'slos.yaml');
  await mkdir(path.dirname(specs), { recursive: true });
  await copyFile(SPECS, specs);
  const pager = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => pager.listen(0, '127.0.0.1', resolve));
  const webhook = `http://127.0.0.1:${(pager.address() as AddressInfo).port}/page`;
  const writeKeys = path.join(root, 'write-keys');
  const { key: writeKey, line } = makeWriteKey('ann');
  await writeFile(writeKeys, `${line}\n`);
  const { running, ready } = await startReadyUp(
    { specs, dataDir: path.join(root, 'data') },
    ...['--webhook', webhook, '--console-write-keys-file', writeKeys],
  );
  const close = async (): Promise<void> => {
    running.child.kill('SIGTERM');
    await Promise.race([running.ended, sleep(20_000)]);
    running.killAll();
    pager.close();
    await rm(root, { recursive: true, force: true });
  };
  try {
    const events = recordedTraffic(Date.now());
    const send = (some: readonly object[]): Promise<void> => postRecords(`${ready.intake}/v1/events`, some);
    await send(events);
    await postRecords(`${ready.intake}/v1/verdicts`, recordedVerdicts(events));
    await untilPaged(ready.console);
    const sql: WatchedUp['sql'] = (statement) => sqlRows(ready.sql, statement);
    return { console: ready.console, events, writeKey, sql, send, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Until the bad minutes are judged, and somebody was told. */
async function untilPaged(url: string): Promise<void> {
  const endMs = Date.now() + READY_MS;
  while (Date.now() < endMs) {
    const response = await fetch(`${url.replace(/\/$/, '')}/api/v1/alerts?state=open`);
    const { alerts } = (await response.json()) as {
      alerts: readonly { readonly deliveries: readonly { readonly outcome: string }[] }[];
    };
    if (alerts.some(({ deliveries }) => deliveries.some(({ outcome }) => outcome === 'delivered'))) return;
    await sleep(300);
  }
  throw new Error(`no alert was delivered within ${READY_MS} ms`);
}
