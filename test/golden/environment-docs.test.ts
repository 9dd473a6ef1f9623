import { ALERTER_VARIABLES } from '@burnline/alerter';
import { COLLECTOR_VARIABLES } from '@burnline/collector';
import { CONSOLE_VARIABLES } from '@burnline/console';
import {
  CLICKHOUSE_VARIABLES,
  KAFKA_VARIABLES,
  READING_VARIABLES,
  REGISTRY_VARIABLES,
  SERVICE_VARIABLES,
  STREAM_SERVICE_VARIABLES,
  type Variables,
} from '@burnline/runtime';
import { MIGRATE_VARIABLES } from 'burnline';
import { expect, it } from 'vitest';

/**
 * docs/environment.md is made from the variables' own descriptions.
 * After a change: `npm test -- test/golden/environment-docs.test.ts -u`.
 */
const ROOT = new URL('../..', import.meta.url).pathname;

interface Described {
  readonly description?: string;
  readonly meta: () => { readonly description?: string; readonly default?: string } | undefined;
  readonly safeParse: (value: unknown) => { readonly success: boolean };
}

function rowsOf(variables: Variables): string {
  return Object.entries(variables)
    .map(([name, schema]) => {
      const { meta, safeParse } = schema as unknown as Described;
      const { description = '', default: fallback } = meta() ?? {};
      expect(description, name).not.toBe('');
      const isRequired = !safeParse(undefined).success;
      const value = isRequired
        ? '**required**'
        : fallback === undefined || fallback === ''
          ? ''
          : `\`${fallback}\``;
      return `| \`${name}\` | ${value} | ${description} |`;
    })
    .join('\n');
}

const without = (variables: Variables, others: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !(name in others)));

const table = (variables: Variables): string =>
  `| variable | default | meaning |\n| --- | --- | --- |\n${rowsOf(variables)}`;

it('the reference of the environment', async () => {
  const text = `# Environment

Services are configured by environment variables alone. One that is empty counts as not set; every fault is reported at the
start, all at once, and the process ends with exit code 2. A variable that ends in \`_PASSWORD\` or \`_API_KEY\`, and every
other of which it is said, may stand in a file instead, whose path is in \`NAME_FILE\`: how secrets are mounted.

## Every service

${table(SERVICE_VARIABLES)}

## Kafka: collector, processor, sink, alerter, \`burnline migrate\` and the operator's commands

${table(KAFKA_VARIABLES)}

## ClickHouse: processor, sink, alerter, console (a user who may read is enough), \`burnline migrate\` and the operator's commands

${table(CLICKHOUSE_VARIABLES)}

## Processor and sink

${table(READING_VARIABLES)}

## Schema registry, optional: collector, processor, sink, alerter and \`burnline migrate\`

${table(REGISTRY_VARIABLES)}

## \`burnline migrate\`

${table(MIGRATE_VARIABLES)}

## Collector

${table(COLLECTOR_VARIABLES)}

## Alerter

${table(without(ALERTER_VARIABLES, STREAM_SERVICE_VARIABLES))}

## Console

${table(CONSOLE_VARIABLES)}
`;
  await expect(text).toMatchFileSnapshot(`${ROOT}/docs/environment.md`);
});
