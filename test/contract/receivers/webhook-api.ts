import { Webhook } from 'standardwebhooks';
import { ask, askTexts, isObject, type ReceiverApi, type Said } from './receiver-api.ts';

/** docs/operations.md, "What a webhook receives". */
const DECISIONS = ['fire', 'freeze', 'thaw', 'resolve', 'removed', 'ended'];
const ENDS = ['resolve', 'removed', 'ended'];
const TEXTS = [
  'decision_key',
  'alert_key',
  'severity',
  'summary',
  'slo',
  'display_name',
  'service',
  'stream',
  'tier',
  'target',
  'spec_rev',
  'details',
];

const isTime = (value: unknown): boolean =>
  typeof value === 'string' && new Date(value).toISOString() === value;

function readDecision(body: Readonly<Record<string, unknown>>, state: Said['state']): Said {
  const { alert_key: alert } = body;
  ask(typeof alert === 'string' && typeof body['decision_key'] === 'string', 'keys');
  askTexts(body['labels'], 'labels');
  for (const name of ['long_window', 'short_window']) {
    const window = body[name];
    ask(
      isObject(window) && ['seconds', 'bad', 'total'].every((one) => Number.isInteger(window[one])),
      `${name} of seconds, bad and total`,
    );
  }
  return { alert, state };
}

const LEVELS = ['ok', 'warn', 'approval', 'freeze'];
const POLICY_TEXTS = [
  ...['decision_key', 'alert_key', 'severity', 'summary', 'service', 'stream', 'policy', 'slo', 'details'],
];

/** docs/governing.md, "Telling people and programs". */
function readPolicyNotice(body: Readonly<Record<string, unknown>>): Said {
  for (const name of POLICY_TEXTS) ask(typeof body[name] === 'string', `${name} as text`);
  ask(['notify', 'webhook'].includes(String(body['action'])), 'an action');
  ask(LEVELS.slice(1).includes(String(body['level'])), 'a level');
  ask(body['stands'] === null || LEVELS.includes(body['stands'] as string), 'where it stands');
  for (const name of ['budget_spent', 'lift_below'])
    ask(body[name] === null || typeof body[name] === 'number', `${name} as a number, or null`);
  ask(Array.isArray(body['stops']), 'what it stops');
  askTexts(body['labels'], 'labels');
  ask(isTime(body['evaluated_at']) && isTime(body['fired_at']), 'times');
  const { decision } = body;
  ask(decision === 'fire' || decision === 'resolve' || decision === 'removed', 'a decision');
  ask(decision !== 'removed' || typeof body['reason'] === 'string', 'a reason');
  return { alert: String(body['alert_key']), state: decision === 'fire' ? 'open' : 'closed' };
}

/** Of which one takes the other's place; both hold the secret. */
const OLD_KEY = `whsec_${Buffer.from('old key, a s3cret of many bytes').toString('base64')}`;
const NEW_KEY = `whsec_${Buffer.from('new key, a s3cret of many bytes').toString('base64')}`;

/** By the library of Standard Webhooks, whichever key the receiver has by now. */
function checkSignature(headers: Readonly<Record<string, string | undefined>>, text: string): void {
  const plain = Object.fromEntries(Object.entries(headers).map(([name, value = '']) => [name, value]));
  for (const key of [OLD_KEY, NEW_KEY]) new Webhook(key).verify(text, plain);
  ask(!(headers['webhook-id'] ?? '.').includes('.'), 'a webhook-id without a full stop');
  ask(headers['webhook-signature']?.split(' ').length === 2, 'a signature per key');
}

export const webhookApi: ReceiverApi = {
  environment: (url) => ({
    BURNLINE_WEBHOOK_URL: `on-call=${url.replace('://', '://us%65r:s3cret@')}/page`,
    BURNLINE_WEBHOOK_KEYS: `${OLD_KEY}\n${NEW_KEY}`,
  }),
  wrongEnvironments: [
    { BURNLINE_WEBHOOK_URL: 'ftp://user:s3cret@host/' },
    { BURNLINE_WEBHOOK_URL: 'http://s3cret%zz:x@host/' },
    { BURNLINE_WEBHOOK_URL: 'http://host/', BURNLINE_WEBHOOK_KEYS: 's3cret' },
    { BURNLINE_WEBHOOK_URL: 'http://host/', BURNLINE_WEBHOOK_KEYS: 'whsec_s3cret' },
    { BURNLINE_WEBHOOK_URL: 'http://host/', BURNLINE_WEBHOOK_KEYS: `${OLD_KEY} ${NEW_KEY} ${OLD_KEY}` },
  ],
  secret: 's3cret',
  authorization: `Basic ${Buffer.from('user:s3cret').toString('base64')}`,
  takenStatus: 204,
  bodyBytesMax: 4 * 1024 * 1024,
  read: ({ method, path, headers, text }) => {
    ask(method === 'POST' && path === '/page', 'POST /page');
    ask(headers['content-type'] === 'application/json', 'application/json');
    checkSignature(headers, text);
    const body: unknown = JSON.parse(text);
    ask(isObject(body) && body['version'] === 1, 'version 1');
    ask(headers['idempotency-key'] === body['decision_key'], 'decision_key as Idempotency-Key');
    if (body['type'] === 'policy') return [readPolicyNotice(body)];
    for (const name of TEXTS) ask(typeof body[name] === 'string', `${name} as text`);
    ask(DECISIONS.includes(body['decision'] as string), 'a decision');
    ask(isTime(body['evaluated_at']), 'evaluated_at as a time');
    ask(body['fired_at'] === null || isTime(body['fired_at']), 'fired_at as a time, or null');
    const isEnd = ENDS.includes(body['decision'] as string);
    ask(isEnd || body['decision'] !== 'ended' || typeof body['reason'] === 'string', 'a reason');
    const state = isEnd ? 'closed' : body['decision'] === 'fire' ? 'open' : 'noted';
    const single = readDecision(body, state);
    const group = body['group'];
    if (group === undefined) return [single];
    ask(isObject(group) && Array.isArray(group['series']), 'series of a group');
    const series = group['series'] as readonly Readonly<Record<string, unknown>>[];
    ask(group['series_count'] === series.length && series.length <= 500, 'up to 500 series, counted');
    return series.map((one) => readDecision(one, state));
  },
};
