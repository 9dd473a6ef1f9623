import { SAMPLE_WEIGHT_MAX } from '@burnline/core';
import {
  listVariable,
  numberVariable,
  optional,
  orElse,
  textVariable,
  wordVariable,
  type Config,
} from '@burnline/runtime';
import { tlsInvalid } from './http/certificate.ts';
import type { PriceSettings } from './pricing/prices.ts';
import type { SamplingRules } from './sampling/tail-sampler.ts';
import type { CollectorAddress } from './serve.ts';

/** A day: a call that takes longer is one whose end was lost. */
const SLOW_MS_MAX = 86_400_000;

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
    'Port of the intake, of all that docs/intake.md lists: events, verdicts, batches of publishers, LiteLLM, Langfuse, OTLP over HTTP.',
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
  BURNLINE_INTAKE_TLS_CERT_FILE: optional(
    textVariable,
    "The intake's certificate with its chain, PEM: all that comes in does so over TLS then, gRPC too. Read anew when it or the key changes.",
  ),
  BURNLINE_INTAKE_TLS_KEY_FILE: optional(textVariable, 'The key of that certificate, PEM, not encrypted.'),
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
  BURNLINE_TEXT_SIGNALS: orElse(
    wordVariable(['off', 'on']),
    'off',
    'Whether numbers are made of the texts of spans (length, share of non-ASCII, repetition, refusal, JSON that was asked for) before the texts are dropped.',
  ),
  BURNLINE_SAMPLE_ONE_IN: orElse(
    numberVariable({ min: 1, max: SAMPLE_WEIGHT_MAX }),
    '1',
    'Of requests that went well and were fast, one of so many is kept and stands for the others; `1` keeps all.',
  ),
  BURNLINE_SAMPLE_SLOW_MS: optional(
    numberVariable({ min: 1, max: SLOW_MS_MAX }),
    'An attempt or request that took as long, ms, is kept whatever `BURNLINE_SAMPLE_ONE_IN` says.',
  ),
  BURNLINE_SAMPLE_SLOW_TTFT_MS: optional(
    numberVariable({ min: 1, max: SLOW_MS_MAX }),
    'One whose first token took as long, ms, likewise.',
  ),
};

/** What is kept of the events that come, as the environment says. */
export function samplingOf(config: Config<typeof COLLECTOR_VARIABLES>): SamplingRules {
  const { BURNLINE_SAMPLE_SLOW_MS: slowMs, BURNLINE_SAMPLE_SLOW_TTFT_MS: slowTtftMs } = config;
  return {
    oneIn: config.BURNLINE_SAMPLE_ONE_IN,
    ...(slowMs === undefined ? {} : { slowMs }),
    ...(slowTtftMs === undefined ? {} : { slowTtftMs }),
  };
}

/** Of a certificate and its key, both or neither. Throws COLLECTOR_TLS_INVALID. */
export function tlsOf(
  certFile: string | undefined,
  keyFile: string | undefined,
): Pick<CollectorAddress, 'tls'> {
  if (certFile === undefined && keyFile === undefined) return {};
  if (certFile !== undefined && keyFile !== undefined) return { tls: { certFile, keyFile } };
  throw tlsInvalid(
    certFile === undefined ? 'a key is named, and no certificate' : 'a certificate is named, and no key',
  );
}

/** Where and for whom to listen, as the environment says. Throws COLLECTOR_TLS_INVALID. */
export function addressOf(config: Config<typeof COLLECTOR_VARIABLES>): CollectorAddress {
  const { BURNLINE_INTAKE_KEYS_FILE: keysFile, BURNLINE_INTAKE_NAMES: names } = config;
  const { BURNLINE_OTLP_GRPC_PORT: otlpGrpcPort } = config;
  const { BURNLINE_INTAKE_TLS_CERT_FILE: certFile, BURNLINE_INTAKE_TLS_KEY_FILE: keyFile } = config;
  return {
    host: config.BURNLINE_INTAKE_HOST,
    port: config.BURNLINE_INTAKE_PORT,
    ...(otlpGrpcPort === undefined ? {} : { otlpGrpcPort }),
    ...(keysFile === undefined ? {} : { keysFile }),
    ...(names === undefined ? {} : { names }),
    ...tlsOf(certFile, keyFile),
  };
}

/** Which prices count, as the environment says. */
export function priceSettingsOf(config: Config<typeof COLLECTOR_VARIABLES>): PriceSettings {
  const { BURNLINE_PRICES: book, BURNLINE_PRICES_FILE: file } = config;
  return { isBundled: book === 'bundled', ...(file === undefined ? {} : { file }) };
}
