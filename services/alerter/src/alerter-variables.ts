import {
  HEARTBEAT_INTERVAL_MS,
  STREAM_SERVICE_VARIABLES,
  listVariable,
  numberVariable,
  optional,
  orElse,
  textVariable,
  urlVariable,
} from '@burnline/runtime';

export const ALERTER_VARIABLES = {
  ...STREAM_SERVICE_VARIABLES,
  BURNLINE_SPECS: optional(
    listVariable,
    'Spec files, or folders that hold them, separated by commas. Changes are taken over while the alerter runs. Not set: the stream goes on with the specs that it was last given. The same for all alerters of a stream.',
  ),
  BURNLINE_WEBHOOK_URL: optional(
    textVariable,
    'Receivers of pages, `URL` or `NAME=URL`, separated by spaces or lines: decisions are posted to them as JSON. A user and password in the URL are sent as Basic authentication. Or `BURNLINE_WEBHOOK_URL_FILE`.',
  ),
  BURNLINE_ALERTMANAGER_URL: optional(
    textVariable,
    'Alertmanager to post alerts to, `http://host:9093`: the part before `/api/v2/alerts`.',
  ),
  BURNLINE_OPERATIONS_PASSWORD: optional(
    textVariable,
    'What `burnline alerts end` shows to end an alert by name over the HTTP port; or `BURNLINE_OPERATIONS_PASSWORD_FILE`. Not set: nobody may.',
  ),
  BURNLINE_HEARTBEAT_URL: optional(
    urlVariable,
    'Receiver that raises an alarm when it hears nothing: it gets a GET as long as all shards of the stream are judged.',
  ),
  BURNLINE_HEARTBEAT_INTERVAL_MS: orElse(
    numberVariable({ min: 1_000, max: 3_600_000 }),
    String(HEARTBEAT_INTERVAL_MS),
    'How often it does, ms; shorter than the receiver waits.',
  ),
};
