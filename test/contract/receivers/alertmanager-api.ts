import { ask, askTexts, isObject, type ReceiverApi } from './receiver-api.ts';

/** `postableAlerts` of Alertmanager's api/v2/openapi.yaml, and what its server checks beyond (names of labels, no alert without). */
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

export const alertmanagerApi: ReceiverApi = {
  environment: (url) => ({ BURNLINE_ALERTMANAGER_URL: `${url.replace('://', '://user:s3cret@')}/prefix/` }),
  wrongEnvironments: [
    { BURNLINE_ALERTMANAGER_URL: 's3cret' },
    { BURNLINE_ALERTMANAGER_URL: 'http://user:s3cret%zz@host/' },
  ],
  secret: 's3cret',
  authorization: `Basic ${Buffer.from('user:s3cret').toString('base64')}`,
  takenStatus: 200,
  bodyBytesMax: 16 * 1024 * 1024,
  read: ({ method, path, headers, text }) => {
    ask(method === 'POST' && path === '/prefix/api/v2/alerts', 'POST /api/v2/alerts');
    ask(headers['content-type'] === 'application/json', 'application/json');
    const body: unknown = JSON.parse(text);
    ask(Array.isArray(body) && body.length <= 1_000, 'an array of alerts');
    return body.map((alert: unknown) => {
      ask(isObject(alert), 'an alert');
      const { labels, annotations, startsAt, endsAt, ...rest } = alert;
      ask(
        Object.keys(rest).every((name) => name === 'generatorURL'),
        'known fields alone',
      );
      askTexts(labels, 'labels');
      askTexts(annotations, 'annotations');
      ask(
        labels['alertname'] !== undefined && Object.values(labels).some((value) => value !== ''),
        'a label',
      );
      for (const name of Object.keys({ ...labels, ...annotations }))
        ask(LABEL_NAME.test(name), 'names of labels');
      for (const time of [startsAt, endsAt]) ask(typeof time === 'string' && RFC_3339.test(time), 'RFC 3339');
      ask(
        Date.parse(startsAt as string) <= Date.parse(endsAt as string),
        'an end that is not before its start',
      );
      // Two alerts of the same labels are one.
      const identity = JSON.stringify(Object.entries(labels).sort());
      const state = Date.parse(endsAt as string) > Date.now() ? 'open' : 'closed';
      return {
        alert: identity,
        state: annotations['decision'] === 'fire' || state === 'closed' ? state : 'noted',
      };
    });
  },
};
