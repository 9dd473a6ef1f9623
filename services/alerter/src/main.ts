import { runService } from '@burnline/runtime';
import { ALERTER_VARIABLES } from './alerter-variables.ts';
import { startAlerterService } from './start-alerter-service.ts';

/** The alerter as a process: `node dist/main.js`. docs/environment.md lists its variables. */
process.exitCode = await runService(
  { name: 'alerter', variables: ALERTER_VARIABLES, start: startAlerterService },
  process.env,
);
