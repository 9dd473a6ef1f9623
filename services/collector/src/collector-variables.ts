import {
  listVariable,
  numberVariable,
  optional,
  orElse,
  textVariable,
  wordVariable,
  type Config,
} from '@burnline/runtime';
import type { PriceSettings } from './pricing/prices.ts';
import type { CollectorAddress } from './serve.ts';

/** Who knows prices beside the operator's file. */
export const PRICE_BOOKS = ['bundled', 'off'] as const;

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
  BURNLINE_MAPPINGS_FOLDER: optional(
    textVariable,
    'Folder of mapping files (YAML) that make events of other JSON at `/v1/events?mapping=NAME`; read at the start.',
  ),
  BURNLINE_PRICES: orElse(
    wordVariable(PRICE_BOOKS),
    'bundled',
    'Prices of models for events that come without a cost: `bundled` (those of the package genai-prices), or `off`, by which `BURNLINE_PRICES_FILE` alone counts.',
  ),
  BURNLINE_PRICES_FILE: optional(
    textVariable,
    "Prices of your own, YAML or JSON, or LiteLLM's `model_prices_and_context_window.json`; they go before the bundled ones, and are read anew when the file changes.",
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

/** Which prices count, as the environment says. */
export function priceSettingsOf(config: Config<typeof COLLECTOR_VARIABLES>): PriceSettings {
  const { BURNLINE_PRICES: book, BURNLINE_PRICES_FILE: file } = config;
  return { isBundled: book === 'bundled', ...(file === undefined ? {} : { file }) };
}
