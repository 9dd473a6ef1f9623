import { PRICE_BOOKS, type PriceSettings } from '@burnline/collector';
import { HEARTBEAT_INTERVAL_MS, UNREADABLE_LIMITS } from '@burnline/runtime';
import { InvalidArgumentError, Option } from 'commander';

export const DATA_DIR_OPTION = (): Option =>
  new Option('--data-dir <folder>', 'where the event log and the database live')
    .default('burnline-data')
    .env('BURNLINE_DATA_DIR');

export const SPECS_OPTION = (): Option =>
  new Option('--specs <path...>', 'SLO spec files, or folders of them').env('BURNLINE_SPECS');

/** The same for a command with an argument, which a list would swallow: one path each time. */
export const SPECS_ONE_BY_ONE_OPTION = (): Option =>
  new Option('--specs <path>', 'SLO spec file, or a folder of them; give it again for more')
    .env('BURNLINE_SPECS')
    .argParser((path: string, before: readonly string[] | undefined) => [...(before ?? []), path]);

/** Not checked here: commander would show the value, which often is a secret. */
export const WEBHOOK_OPTION = (): Option =>
  new Option('--webhook <url>', 'where pages are sent, URL or NAME=URL; may be given several times')
    .env('BURNLINE_WEBHOOK')
    .argParser((entry: string, before: readonly string[] | undefined) => [...(before ?? []), entry]);

export const HEARTBEAT_OPTION = (): Option =>
  new Option(
    '--heartbeat <url>',
    'receiver that raises an alarm when it hears nothing: it gets a GET as long as judging goes on',
  )
    .env('BURNLINE_HEARTBEAT')
    .argParser(parseUrl);

export const HEARTBEAT_INTERVAL_OPTION = (): Option =>
  new Option('--heartbeat-interval <seconds>', 'how often; shorter than the receiver waits')
    .default(HEARTBEAT_INTERVAL_MS / 1_000)
    .env('BURNLINE_HEARTBEAT_INTERVAL')
    .argParser(parseIntervalS);
export const INTAKE_HOST_OPTION = (): Option =>
  new Option(
    '--intake-host <address>',
    'where events are taken; beyond loopback with --intake-keys-file only',
  )
    .default('127.0.0.1')
    .env('BURNLINE_INTAKE_HOST');

export const INTAKE_KEYS_FILE_OPTION = (): Option =>
  new Option('--intake-keys-file <file>', 'who may publish: keys as `burnline intake-key` makes them').env(
    'BURNLINE_INTAKE_KEYS_FILE',
  );

export const ANALYSTS_FILE_OPTION = (): Option =>
  new Option(
    '--analysts-file <file>',
    'more analysts of the SQL port, each with a password, and with tenants where rows of others are none of theirs: JSON',
  ).env('BURNLINE_ANALYSTS_FILE');

export const INTAKE_TLS_CERT_OPTION = (): Option =>
  new Option(
    '--intake-tls-cert-file <file>',
    'certificate of the intake with its chain, PEM: it speaks TLS alone then, gRPC too',
  ).env('BURNLINE_INTAKE_TLS_CERT_FILE');

export const INTAKE_TLS_KEY_OPTION = (): Option =>
  new Option('--intake-tls-key-file <file>', 'the key of that certificate, PEM, not encrypted').env(
    'BURNLINE_INTAKE_TLS_KEY_FILE',
  );

export const INTAKE_NAME_OPTION = (): Option =>
  new Option('--intake-name <names...>', 'names by which clients may call the intake, beside addresses')
    .env('BURNLINE_INTAKE_NAMES')
    .argParser(addNames);

export const CONSOLE_HOST_OPTION = (): Option =>
  new Option(
    '--console-host <address>',
    'where pages and API are served; beyond loopback with --console-keys-file only',
  )
    .default('127.0.0.1')
    .env('BURNLINE_CONSOLE_HOST');

export const CONSOLE_PORT_OPTION = (): Option =>
  new Option(
    '--console-port <port>',
    'port of pages and API, 0 for any free one (default: 4390, or any free one if that is taken)',
  ).argParser(parsePort);

export const CONSOLE_KEYS_FILE_OPTION = (): Option =>
  new Option('--console-keys-file <file>', 'who may read: keys as `burnline read-key` makes them').env(
    'BURNLINE_CONSOLE_KEYS_FILE',
  );

export const CONSOLE_WRITE_KEYS_FILE_OPTION = (): Option =>
  new Option(
    '--console-write-keys-file <file>',
    'who may silence alerts from the console: keys as `burnline write-key` makes them (default: nobody)',
  ).env('BURNLINE_CONSOLE_WRITE_KEYS_FILE');

export const CONSOLE_NAME_OPTION = (): Option =>
  new Option('--console-name <names...>', 'names by which browsers may call the console, beside addresses')
    .env('BURNLINE_CONSOLE_NAMES')
    .argParser(addNames);

export const TEXT_SIGNALS_OPTION = (): Option =>
  new Option(
    '--text-signals <switch>',
    'whether numbers are made of the texts of spans before these are dropped',
  )
    .choices(['off', 'on'])
    .default('off')
    .env('BURNLINE_TEXT_SIGNALS');

export type PriceBookName = (typeof PRICE_BOOKS)[number];

export const PRICES_OPTION = (): Option =>
  new Option('--prices <book>', 'prices for events that come without a cost, where --prices-file has none')
    .choices(PRICE_BOOKS)
    .default('bundled')
    .env('BURNLINE_PRICES');

export const PRICES_FILE_OPTION = (): Option =>
  new Option('--prices-file <file>', "prices of your own, or LiteLLM's price file; they go first").env(
    'BURNLINE_PRICES_FILE',
  );

export const MAPPINGS_OPTION = (): Option =>
  new Option(
    '--mappings <folder>',
    'mapping files that make events of other JSON, at /v1/events?mapping=NAME',
  ).env('BURNLINE_MAPPINGS_FOLDER');

export function priceSettings({
  prices,
  pricesFile,
}: {
  readonly prices: PriceBookName;
  readonly pricesFile?: string;
}): PriceSettings {
  return { isBundled: prices === 'bundled', ...(pricesFile === undefined ? {} : { file: pricesFile }) };
}

/** In the environment they are separated by commas; on the command line they may be. */
function addNames(text: string, before: readonly string[] | undefined): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  return [...(before ?? []), ...names.filter((name) => name !== '')];
}

export const LOG_LEVEL_OPTION = (): Option =>
  new Option('--log-level <level>', 'lowest level of log lines on standard error')
    .choices(['debug', 'info', 'warn', 'error', 'silent'])
    .default('warn')
    .env('BURNLINE_LOG_LEVEL');

export const THREADS_OPTION = (): Option =>
  new Option(
    '--threads <count>',
    'threads of the pipeline, 1 or 2: the second writes the raw rows (default: 2 where there is more than one core)',
  )
    .env('BURNLINE_THREADS')
    .argParser(parseThreads);

export const UNREADABLE_SHARE_OPTION = (): Option =>
  new Option(
    '--unreadable-share <share>',
    "halt when more than this share of a partition's last 200 messages cannot be read; 1 sets all of them aside",
  )
    .default(UNREADABLE_LIMITS.shareMax)
    .env('BURNLINE_UNREADABLE_SHARE')
    .argParser(parseShare);

export function parseShare(text: string): number {
  const share = Number(text);
  if (text.trim() === '' || !(share >= 0 && share <= 1)) {
    throw new InvalidArgumentError('Expected a share from 0 to 1, such as 0.5.');
  }
  return share;
}

function parseIntervalS(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3_600)
    throw new InvalidArgumentError('Expected whole seconds from 1 to 3600.');
  return seconds;
}

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('Expected an http or https URL.');
  }
  return text;
}

/** A pause in seconds: more often than every second shows nothing new. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 1 && seconds <= 3_600)) throw new InvalidArgumentError('Expected seconds from 1 to 3600.');
  return seconds;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('Expected a port from 0 to 65535; 0 takes a free one.');
  }
  return port;
}

const WAIT_S_MAX = 3_600;

export function parseWait(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0 && seconds <= WAIT_S_MAX)) {
    throw new InvalidArgumentError(`Expected a number of seconds from 0 to ${WAIT_S_MAX}.`);
  }
  return seconds;
}

/** The last second that the tables' times can hold (32 bits). */
const INSTANT_MS_MAX = (2 ** 32 - 1) * 1_000;

/** An instant in ISO 8601; without a zone it is UTC. */
export function parseInstant(text: string): number {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text)
    ? text
    : `${text.replace(' ', 'T')}${text.includes(':') ? '' : 'T00:00'}Z`;
  const atMs = Date.parse(zoned);
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('Expected a time such as 2023-11-16T18:31:00Z.');
  if (atMs < 0 || atMs > INSTANT_MS_MAX) {
    throw new InvalidArgumentError(`Expected a time from 1970 to ${new Date(INSTANT_MS_MAX).toISOString()}.`);
  }
  return atMs;
}

function parseThreads(text: string): number {
  if (text === '1' || text === '2') return Number(text);
  throw new InvalidArgumentError('Expected 1 or 2.');
}
