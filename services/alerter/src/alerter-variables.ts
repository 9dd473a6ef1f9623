import { STREAM_SERVICE_VARIABLES, listVariable, optional, urlVariable } from '@burnline/runtime';

export const ALERTER_VARIABLES = {
  ...STREAM_SERVICE_VARIABLES,
  BURNLINE_SPECS: listVariable.describe(
    'Spec files, or folders that hold them, separated by commas. Changes are taken over while the alerter runs.',
  ),
  BURNLINE_WEBHOOK_URL: optional(urlVariable, 'Receiver of pages: decisions are posted to it as JSON.'),
  BURNLINE_ALERTMANAGER_URL: optional(
    urlVariable,
    'Alertmanager to post alerts to, `http://host:9093`: the part before `/api/v2/alerts`.',
  ),
};
