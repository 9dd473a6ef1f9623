import { ask, isObject, type ReceiverApi, type Said } from './receiver-api.ts';

/** https://docs.slack.dev/reference/block-kit/blocks, with the limits of each part in characters. */
type Part = Readonly<Record<string, unknown>>;

const isText = (value: unknown, lengthMax: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= lengthMax;

/** Text composition object. What is not escaped would be a link, a channel or a person. */
function readText(value: unknown, { type, lengthMax }: { type: string; lengthMax: number }): string {
  ask(isObject(value) && value['type'] === type, `${type} text`);
  const { text } = value;
  ask(isText(text, lengthMax), `text of 1 to ${lengthMax} characters`);
  if (type === 'mrkdwn') ask(!/[<>]|&(?!(?:amp|lt|gt);)/.test(text), 'text that is escaped');
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

const listOf = (value: unknown, countMax: number): readonly unknown[] => {
  ask(Array.isArray(value) && value.length > 0 && value.length <= countMax, `1 to ${countMax} parts`);
  return value as readonly unknown[];
};

function readButton(value: unknown): void {
  ask(isObject(value) && value['type'] === 'button', 'a button');
  readText(value['text'], { type: 'plain_text', lengthMax: 75 });
  ask(value['url'] === undefined || isText(value['url'], 3_000), 'a URL of at most 3,000');
  ask(isText(value['action_id'], 255), 'an action_id');
}

/** Texts that people read of a block. */
function readBlock(block: unknown): readonly string[] {
  ask(isObject(block), 'a block');
  switch (block['type']) {
    case 'header':
      return [readText(block['text'], { type: 'plain_text', lengthMax: 150 })];
    case 'section':
      return readSection(block);
    case 'context':
      return listOf(block['elements'], 10).map((one) => readText(one, { type: 'mrkdwn', lengthMax: 2_000 }));
    case 'actions':
      listOf(block['elements'], 25).forEach(readButton);
      return [];
    default:
      throw new Error(`the API asks for a known block, not ${String(block['type'])}`);
  }
}

function readSection({ text, fields }: Part): readonly string[] {
  ask(text !== undefined || fields !== undefined, 'a text or fields');
  return [
    ...(text === undefined ? [] : [readText(text, { type: 'mrkdwn', lengthMax: 3_000 })]),
    ...(fields === undefined
      ? []
      : listOf(fields, 10).map((one) => readText(one, { type: 'mrkdwn', lengthMax: 2_000 }))),
  ];
}

/** As a person reads it, by the key that stands with every series. */
export function saidOf(texts: readonly string[], head: string): readonly Said[] {
  const keys = texts.filter((text) => /^live\|(chat-ttft\|\d+|policy:[^|]+\|[^|]+)\|/.test(text));
  const isEnd = /resolved|is watched no more|was ended by name|has left|is told no more/.test(head);
  const isNote = /frozen|goes on/.test(head);
  return keys.map((alert) => ({ alert, state: isEnd ? 'closed' : isNote ? 'noted' : 'open' }));
}

export const slackApi: ReceiverApi = {
  environment: (url) => ({ BURNLINE_SLACK_URL: `chat=${url}/services/T0/B0/s3cret` }),
  wrongEnvironments: [
    { BURNLINE_SLACK_URL: 's3cret' },
    { BURNLINE_SLACK_URL: 'a=https://hooks/s3cret a=https://hooks/s3cret' },
  ],
  secret: 's3cret',
  authorization: undefined,
  takenStatus: 200,
  bodyBytesMax: 256 * 1024,
  read: ({ method, path, headers, text }) => {
    ask(method === 'POST' && path === '/services/T0/B0/s3cret', 'POST to the secret URL');
    ask(headers['content-type'] === 'application/json', 'application/json');
    const body: unknown = JSON.parse(text);
    ask(
      isObject(body) && Object.keys(body).every((name) => ['text', 'blocks'].includes(name)),
      'text and blocks',
    );
    ask(isText(body['text'], 40_000), 'a text for notifications');
    const texts = listOf(body['blocks'], 50).map(readBlock);
    const said = saidOf(texts.flat(), texts[0]?.[0] ?? '');
    ask(said.length > 0, 'alerts by their keys');
    return said;
  },
};
