import { ask, isObject, type ReceiverApi } from './receiver-api.ts';
import { saidOf } from './slack-api.ts';

/**
 * What a Workflow "when a Teams webhook request is received" takes, and https://adaptivecards.io/explorer for cards of version
 * 1.4, of which Teams shows at most 28 KB.
 */
const PROPERTIES: Readonly<Record<string, readonly unknown[]>> = {
  type: ['TextRun'],
  weight: ['Lighter', 'Default', 'Bolder'],
  color: ['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention'],
  fontType: ['Default', 'Monospace'],
  isSubtle: [true, false],
};

function readRun(run: unknown): string {
  ask(isObject(run), 'runs of text');
  const { text, ...style } = run;
  ask(typeof text === 'string' && text !== '', 'text');
  for (const [name, value] of Object.entries({ type: undefined, ...style }))
    ask(PROPERTIES[name]?.includes(value) === true, `${name} as it may be`);
  return text;
}

function readParagraph(block: unknown): string {
  ask(isObject(block) && block['type'] === 'RichTextBlock', 'blocks of text');
  const { inlines } = block;
  ask(Array.isArray(inlines) && inlines.length > 0, 'inlines');
  return (inlines as readonly unknown[]).map(readRun).join('');
}

function readActions(actions: unknown): void {
  if (actions === undefined) return;
  ask(Array.isArray(actions) && actions.length <= 6, 'at most six actions');
  for (const action of actions as readonly unknown[])
    ask(
      isObject(action) &&
        action['type'] === 'Action.OpenUrl' &&
        typeof action['title'] === 'string' &&
        URL.canParse(String(action['url'])),
      'an action that opens a URL',
    );
}

export const teamsApi: ReceiverApi = {
  environment: (url) => ({ BURNLINE_TEAMS_URL: `${url}/workflows/1/run?sp=%2Ftriggers&sig=s3cret` }),
  wrongEnvironments: [
    { BURNLINE_TEAMS_URL: 's3cret' },
    { BURNLINE_TEAMS_URL: 'a=https://host/s3cret a=https://host/s3cret' },
  ],
  secret: 's3cret',
  authorization: undefined,
  takenStatus: 202,
  bodyBytesMax: 28 * 1024,
  read: ({ method, path, headers, text }) => {
    ask(method === 'POST' && path === '/workflows/1/run?sp=%2Ftriggers&sig=s3cret', 'POST to the secret URL');
    ask(headers['content-type'] === 'application/json', 'application/json');
    const body: unknown = JSON.parse(text);
    ask(isObject(body) && body['type'] === 'message' && Array.isArray(body['attachments']), 'a message');
    const [attachment, ...others] = body['attachments'] as readonly unknown[];
    ask(isObject(attachment) && others.length === 0, 'one attachment');
    ask(attachment['contentType'] === 'application/vnd.microsoft.card.adaptive', 'an Adaptive Card');
    const card = attachment['content'];
    ask(isObject(card) && card['type'] === 'AdaptiveCard' && card['version'] === '1.4', 'version 1.4');
    ask(Array.isArray(card['body']), 'a body');
    readActions(card['actions']);
    const texts = (card['body'] as readonly unknown[]).map(readParagraph);
    const said = saidOf(texts, texts[0] ?? '');
    ask(said.length > 0, 'alerts by their keys');
    return said;
  },
};
