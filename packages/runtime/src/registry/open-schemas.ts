import { loadPackageSchemas } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import type { Config } from '../config/read-environment.ts';
import type { REGISTRY_VARIABLES } from '../config/service-variables.ts';
import { systemClock } from '../lifecycle/clock.ts';
import { STORE_RETRY } from '../lifecycle/retry-policies.ts';
import { retrying } from '../lifecycle/retry.ts';
import type { Logger } from '../observability/logger.ts';
import { openRegistryClient, type RegistryClient } from './registry-client.ts';
import { loadRegistrySchemas, type LogSchemas } from './registry-schemas.ts';

/** How often a service looks whether the schemas have been registered. */
const LOOK_MS = 1_000;

/** The registry that the configuration names; null without one. */
export function connectRegistry(config: Config<typeof REGISTRY_VARIABLES>): RegistryClient | null {
  const {
    SCHEMA_REGISTRY_URL: url,
    SCHEMA_REGISTRY_USERNAME: username,
    SCHEMA_REGISTRY_PASSWORD: password,
  } = config;
  if (url === undefined) return null;
  const parsed = new URL(url);
  if (parsed.username !== '' || parsed.password !== '') {
    throw new AppError(
      'CONFIG_INVALID',
      `SCHEMA_REGISTRY_URL holds a user; ${parsed.host} is all it may name`,
      {
        remedy: 'Set SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD instead.',
      },
    );
  }
  return openRegistryClient({
    url,
    login: username === undefined ? null : { username, password: password ?? '' },
  });
}

/**
 * The schemas of a stream: from the registry that the configuration names, else the table that comes with the program.
 * Waits until `burnline migrate` has registered them, and for a registry that restarts.
 */
export async function openSchemas(
  config: Config<typeof REGISTRY_VARIABLES>,
  stream: string,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<LogSchemas> {
  const client = connectRegistry(config);
  if (client === null) return { ...loadPackageSchemas(), logIdOf: (id) => id };
  for (let looks = 0; ; looks += 1) {
    const schemas = await retrying(() => loadRegistrySchemas(client, stream), STORE_RETRY, {
      clock: systemClock,
      signal,
    });
    if (schemas !== null) return schemas;
    if (looks === 0)
      logger.warn({ registry: client.url }, 'waiting for the registered schemas: run burnline migrate');
    await systemClock.sleep(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}
