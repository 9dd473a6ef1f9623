import { optional, textVariable } from '@burnline/runtime';
import { chatReceivers } from '../chat-receiver.ts';
import { receiverKind } from '../receiver.ts';
import { SERIES_MAX, messageOf } from './slack-message.ts';

/** Channels in Slack, by their incoming webhooks. */
export const slack = receiverKind({
  name: 'slack',
  variables: {
    BURNLINE_SLACK_URL: optional(
      textVariable,
      'Incoming webhooks of channels in Slack, `URL` or `NAME=URL`, separated by spaces or lines. Or `BURNLINE_SLACK_URL_FILE`.',
    ),
  },
  read: ({ BURNLINE_SLACK_URL: text }) =>
    chatReceivers(text, { kind: 'slack', seriesMax: SERIES_MAX, messageOf }),
});
