import { optional, textVariable } from '@burnline/runtime';
import { chatReceivers } from '../chat-receiver.ts';
import { receiverKind } from '../receiver.ts';
import { SERIES_MAX, cardMessageOf } from './teams-card.ts';

/** Channels and chats of Microsoft Teams, by webhooks of its Workflows. */
export const teams = receiverKind({
  name: 'teams',
  variables: {
    BURNLINE_TEAMS_URL: optional(
      textVariable,
      'Webhooks of Workflows in Microsoft Teams, `URL` or `NAME=URL`, separated by spaces or lines. Or `BURNLINE_TEAMS_URL_FILE`.',
    ),
  },
  read: ({ BURNLINE_TEAMS_URL: text }) =>
    chatReceivers(text, { kind: 'teams', seriesMax: SERIES_MAX, messageOf: cardMessageOf }),
});
