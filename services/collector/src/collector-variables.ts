import { numberVariable, orElse, textVariable } from '@burnline/runtime';

export const COLLECTOR_VARIABLES = {
  BURNLINE_INTAKE_HOST: orElse(
    textVariable,
    '127.0.0.1',
    'Where events are taken; `0.0.0.0` in a container.',
  ),
  BURNLINE_INTAKE_PORT: orElse(
    numberVariable({ min: 0, max: 65_535 }),
    '4380',
    'Port of the intake: `POST /v1/events`, `/v1/verdicts`.',
  ),
};
