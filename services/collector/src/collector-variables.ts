import { listVariable, numberVariable, optional, orElse, textVariable, type Config } from '@burnline/runtime';
import type { CollectorAddress } from './serve.ts';

export const COLLECTOR_VARIABLES = {
  BURNLINE_INTAKE_HOST: orElse(
    textVariable,
    '127.0.0.1',
    'Where events are taken; `0.0.0.0` in a container, with keys.',
  ),
  BURNLINE_INTAKE_PORT: orElse(
    numberVariable({ min: 0, max: 65_535 }),
    '4380',
    'Port of the intake: `POST /v1/events`, `/v1/verdicts`, `/v1/litellm`, `/v1/traces`.',
  ),
  BURNLINE_OTLP_GRPC_PORT: optional(
    numberVariable({ min: 0, max: 65_535 }),
    'Port where OTLP is taken over gRPC, on the host of the intake; exporters know 4317. Not taken if absent.',
  ),
  BURNLINE_INTAKE_KEYS_FILE: optional(
    textVariable,
    'Who may publish, one `NAME sha256:HEX` per line as `burnline intake-key` writes them; read anew when it changes. Required unless the host is loopback.',
  ),
  BURNLINE_INTAKE_NAMES: optional(
    listVariable,
    'Names by which clients may call the intake, separated by commas; addresses and `localhost` need none.',
  ),
};

/** Where and for whom to listen, as the environment says. */
export function addressOf(config: Config<typeof COLLECTOR_VARIABLES>): CollectorAddress {
  const { BURNLINE_INTAKE_KEYS_FILE: keysFile, BURNLINE_INTAKE_NAMES: names } = config;
  const { BURNLINE_OTLP_GRPC_PORT: otlpGrpcPort } = config;
  return {
    host: config.BURNLINE_INTAKE_HOST,
    port: config.BURNLINE_INTAKE_PORT,
    ...(otlpGrpcPort === undefined ? {} : { otlpGrpcPort }),
    ...(keysFile === undefined ? {} : { keysFile }),
    ...(names === undefined ? {} : { names }),
  };
}
