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
import { RECEIVER_VARIABLES } from './receivers/receiver-table.ts';

export const ALERTER_VARIABLES = {
  ...STREAM_SERVICE_VARIABLES,
  BURNLINE_SPECS: optional(
    listVariable,
    'Spec files, or folders that hold them, separated by commas. Changes are taken over while the alerter runs. Not set: the stream goes on with the specs that it was last given. The same for all alerters of a stream.',
  ),
  ...RECEIVER_VARIABLES,
  BURNLINE_OPERATIONS_PASSWORD: optional(
    textVariable,
    'What `burnline alerts end` shows to end an alert by name over the HTTP port, and whoever lists, adds or ends silences there; or `BURNLINE_OPERATIONS_PASSWORD_FILE`. Not set: nobody may.',
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
