import { ask, askTexts, isObject, type ReceiverApi, type Said } from './receiver-api.ts';

/** https://docs.opsgenie.com/docs/alert-api: create, close and add a note, with the limits of each field in characters. */
const isText = (value: unknown, lengthMax: number): boolean =>
  typeof value === 'string' && value !== '' && value.length <= lengthMax;

const CREATE = new Set(['message', 'alias', 'description', 'priority', 'source', 'tags', 'details']);

function readCreate(body: Readonly<Record<string, unknown>>): Said {
  ask(
    Object.keys(body).every((name) => CREATE.has(name)),
    'known fields alone',
  );
  const { message, alias, description, priority, source, tags, details } = body;
  ask(isText(message, 130), 'a message of at most 130 characters');
  ask(isText(alias, 512), 'an alias of at most 512');
  ask(isText(description, 15_000), 'a description of at most 15,000');
  ask(/^P[1-5]$/.test(String(priority)), 'a priority from P1 to P5');
  ask(isText(source, 100), 'a source of at most 100');
  ask(
    Array.isArray(tags) && tags.length <= 20 && tags.every((tag) => isText(tag, 50)),
    'at most 20 tags of at most 50',
  );
  askTexts(details, 'details');
  ask(Object.entries(details).flat().join('').length <= 8_000, 'details of at most 8,000 in all');
  return { alert: String(alias), state: 'open' };
}

function readAction(path: string, body: Readonly<Record<string, unknown>>): Said {
  const [, alias, action] =
    /^\/prefix\/v2\/alerts\/([^/?]+)\/(close|notes)\?identifierType=alias$/.exec(path) ?? [];
  ask(alias !== undefined, 'an action on an alias');
  const { user, source, note, ...rest } = body;
  ask(Object.keys(rest).length === 0, 'known fields alone');
  ask(user === undefined || isText(user, 100), 'a user of at most 100');
  ask(isText(source, 100), 'a source of at most 100');
  ask(isText(note, 25_000), 'a note of at most 25,000');
  return { alert: decodeURIComponent(alias), state: action === 'close' ? 'closed' : 'noted' };
}

const KEY = 'eb243592-s3cret-8fa2';

export const opsgenieApi: ReceiverApi = {
  environment: (url) => ({
    BURNLINE_OPSGENIE_API_KEY: KEY,
    BURNLINE_OPSGENIE_URL: `${url}/prefix/`,
  }),
  wrongEnvironments: [
    { BURNLINE_OPSGENIE_API_KEY: 's3cret\nkey' },
    { BURNLINE_OPSGENIE_API_KEY: KEY, BURNLINE_OPSGENIE_URL: 'https://user:s3cret@host/' },
    { BURNLINE_OPSGENIE_API_KEY: KEY, BURNLINE_OPSGENIE_URL: 's3cret' },
  ],
  secret: 's3cret',
  authorization: `GenieKey ${KEY}`,
  takenStatus: 202,
  // Of the longest fields, each character four bytes in UTF-8.
  bodyBytesMax: 128 * 1024,
  read: ({ method, path, headers, text }) => {
    ask(method === 'POST', 'POST');
    ask(headers['content-type'] === 'application/json', 'application/json');
    const body: unknown = JSON.parse(text);
    ask(isObject(body), 'an object');
    return [path === '/prefix/v2/alerts' ? readCreate(body) : readAction(path, body)];
  },
};
