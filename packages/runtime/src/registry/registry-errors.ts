import { AppError, type AppErrorOptions } from '@burnline/core';

export type RegistryErrorCode =
  /** No answer in time, or one that says "later". */
  | 'REGISTRY_UNREACHABLE'
  /** The registry does not let this user in, or does not allow what it asks. */
  | 'REGISTRY_REFUSED'
  /** What answers does not speak the protocol, or failed at the request. */
  | 'REGISTRY_ANSWER_INVALID'
  /** A schema that is to be registered cannot read what was written by the one before. */
  | 'REGISTRY_SCHEMA_INCOMPATIBLE'
  /** More schema ids than a stream can have in reason. */
  | 'REGISTRY_SCHEMAS_TOO_MANY'
  /** A stream's messages are framed by the ids of the table that comes with the program. */
  | 'REGISTRY_STREAM_BEGUN_WITHOUT';

export type RegistryError = AppError<RegistryErrorCode>;

/** The one place where these errors are made, so that every code is of the closed union. */
export function registryError(
  code: RegistryErrorCode,
  message: string,
  options: AppErrorOptions,
): RegistryError {
  return new AppError(code, message, options);
}
