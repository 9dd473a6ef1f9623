import { ask, isObject, type ReceiverApi, type Said } from './receiver-api.ts';

/** https://developer.pagerduty.com/docs/send-alert-event: PD-CEF, with the limits of each field in characters. */
const EVENT = new Set([
  'routing_key',
  'event_action',
  'dedup_key',
  'payload',
  'images',
  'links',
  'client',
  'client_url',
]);
const PAYLOAD = new Set([
  'summary',
  'source',
  'severity',
  'timestamp',
  'component',
  'group',
  'class',
  'custom_details',
]);
const SEVERITIES = ['critical', 'error', 'warning', 'info'];

const isText = (value: unknown, lengthMax: number): boolean =>
  typeof value === 'string' && value !== '' && value.length <= lengthMax;

function readPayload(payload: unknown): 'open' | 'noted' {
  ask(isObject(payload) && Object.keys(payload).every((name) => PAYLOAD.has(name)), 'a payload');
  ask(isText(payload['summary'], 1_024), 'a summary of at most 1,024 characters');
  ask(isText(payload['source'], 1_024), 'a source');
  ask(SEVERITIES.includes(String(payload['severity'])), 'a severity');
  ask(!Number.isNaN(Date.parse(String(payload['timestamp']))), 'a timestamp');
  for (const name of ['component', 'group', 'class']) ask(isText(payload[name], 1_024), name);
  const details = payload['custom_details'];
  ask(isObject(details), 'custom details');
  return details['decision'] === 'fire' ? 'open' : 'noted';
}

function readLinks(links: unknown): void {
  if (links === undefined) return;
  ask(Array.isArray(links), 'links');
  for (const link of links as readonly unknown[])
    ask(isObject(link) && URL.canParse(String(link['href'])) && isText(link['text'], 1_024), 'a link');
}

const CHANGE = new Set(['routing_key', 'payload', 'images', 'links']);
const CHANGE_PAYLOAD = new Set(['summary', 'source', 'timestamp', 'custom_details']);

/** https://developer.pagerduty.com/docs/send-change-event: nothing is opened by it, and nothing closed. */
function readChange(body: Readonly<Record<string, unknown>>): readonly Said[] {
  ask(
    Object.keys(body).every((name) => CHANGE.has(name)),
    'known fields of a change alone',
  );
  const { routing_key: routingKey, payload, links } = body;
  ask(routingKey === KEY, 'its routing key');
  ask(isObject(payload) && Object.keys(payload).every((name) => CHANGE_PAYLOAD.has(name)), 'a payload');
  const { summary, source, timestamp, custom_details: details } = payload;
  ask(isText(summary, 1_024), 'a summary of at most 1,024 characters');
  ask(isText(source, 1_024), 'a source');
  ask(typeof timestamp === 'string' && new Date(timestamp).toISOString() === timestamp, 'a timestamp');
  ask(isObject(details), 'custom details');
  readLinks(links);
  return [{ alert: String(summary), state: 'noted' }];
}

const KEY = 's3cret01234567890123456789012345';

export const pagerdutyApi: ReceiverApi = {
  environment: (url) => ({
    BURNLINE_PAGERDUTY_ROUTING_KEYS: `chat-pager=${KEY}`,
    BURNLINE_PAGERDUTY_URL: `${url}/prefix/`,
  }),
  wrongEnvironments: [
    { BURNLINE_PAGERDUTY_ROUTING_KEYS: 's3cret' },
    { BURNLINE_PAGERDUTY_ROUTING_KEYS: `${KEY} ${KEY.slice(1)}!` },
    { BURNLINE_PAGERDUTY_ROUTING_KEYS: `a=${KEY} a=${KEY}` },
    { BURNLINE_PAGERDUTY_ROUTING_KEYS: KEY, BURNLINE_PAGERDUTY_URL: 's3cret' },
    { BURNLINE_PAGERDUTY_ROUTING_KEYS: KEY, BURNLINE_PAGERDUTY_CHANGES: 'nowhere' },
  ],
  secret: KEY.slice(0, 6),
  authorization: undefined,
  takenStatus: 202,
  bodyBytesMax: 512 * 1024,
  read: ({ method, path, headers, text }) => {
    ask(headers['content-type'] === 'application/json', 'application/json');
    const body: unknown = JSON.parse(text);
    if (path === '/prefix/v2/change/enqueue') {
      ask(method === 'POST' && isObject(body), 'POST of an object');
      return readChange(body);
    }
    ask(method === 'POST' && path === '/prefix/v2/enqueue', 'POST /v2/enqueue');
    ask(isObject(body) && Object.keys(body).every((name) => EVENT.has(name)), 'known fields alone');
    const { routing_key: routingKey, event_action: action, dedup_key: alert, payload, links } = body;
    ask(routingKey === KEY, 'its routing key');
    ask(isText(alert, 255), 'a dedup_key of at most 255 characters');
    ask(action === 'trigger' || action === 'resolve', 'an action');
    readLinks(links);
    return [{ alert: String(alert), state: action === 'resolve' ? 'closed' : readPayload(payload) }];
  },
};
