import {
  listVariable,
  numberVariable,
  optional,
  orElse,
  textVariable,
  urlVariable,
  type Companions,
  type Config,
} from '@burnline/runtime';
import { addByAlerter } from './silencing/add-by-alerter.ts';
import type { ConsoleOptions } from './serve.ts';

export const CONSOLE_VARIABLES = {
  BURNLINE_CONSOLE_HOST: orElse(
    textVariable,
    '127.0.0.1',
    'Where pages and API are served; `0.0.0.0` in a container, with keys.',
  ),
  BURNLINE_CONSOLE_PORT: orElse(
    numberVariable({ min: 0, max: 65_535 }),
    '4390',
    'Port of the pages and of the API under `/api/v1`.',
  ),
  BURNLINE_CONSOLE_KEYS_FILE: optional(
    textVariable,
    'Who may read, one `NAME sha256:HEX` per line as `burnline read-key` writes them; read anew when it changes. Required unless the host is loopback.',
  ),
  BURNLINE_CONSOLE_NAMES: optional(
    listVariable,
    'Names by which browsers may call the console, separated by commas; addresses and `localhost` need none.',
  ),
  BURNLINE_CONSOLE_PREFIX: optional(
    textVariable,
    'Path that a proxy passes on, like `/burnline`; one that takes its prefix away needs nothing.',
  ),
  BURNLINE_CONSOLE_WRITE_KEYS_FILE: optional(
    textVariable,
    'Who may silence alerts from the pages, one `NAME sha256:HEX` per line as `burnline write-key` writes them; read anew when it changes. Needs the next two. Not set: nobody may.',
  ),
  BURNLINE_ALERTER_URL: optional(
    urlVariable,
    'HTTP port of an alerter of the stream, which writes those silences, like `http://alerter:9464`.',
  ),
  BURNLINE_OPERATIONS_PASSWORD: optional(
    textVariable,
    'What that alerter wants to see; or `BURNLINE_OPERATIONS_PASSWORD_FILE`.',
  ),
};

/** Silencing takes all three: who may, who does it, and what that one wants to see. */
export const CONSOLE_COMPANIONS: Companions = {
  BURNLINE_CONSOLE_WRITE_KEYS_FILE: ['BURNLINE_ALERTER_URL', 'BURNLINE_OPERATIONS_PASSWORD'],
  BURNLINE_ALERTER_URL: ['BURNLINE_CONSOLE_WRITE_KEYS_FILE', 'BURNLINE_OPERATIONS_PASSWORD'],
};

/** Where and for whom to serve, as the environment says. */
export function optionsOf(
  config: Config<typeof CONSOLE_VARIABLES>,
): Omit<ConsoleOptions, 'store' | 'logger'> {
  const { BURNLINE_CONSOLE_KEYS_FILE: keysFile, BURNLINE_CONSOLE_NAMES: names } = config;
  const { BURNLINE_CONSOLE_PREFIX: prefix, BURNLINE_CONSOLE_WRITE_KEYS_FILE: writeKeys } = config;
  const { BURNLINE_ALERTER_URL: url, BURNLINE_OPERATIONS_PASSWORD: token } = config;
  return {
    host: config.BURNLINE_CONSOLE_HOST,
    port: config.BURNLINE_CONSOLE_PORT,
    ...(keysFile === undefined ? {} : { keysFile }),
    ...(names === undefined ? {} : { names }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(writeKeys === undefined || url === undefined || token === undefined
      ? {}
      : { silencing: { keysFile: writeKeys, add: addByAlerter({ url, token }) } }),
  };
}
