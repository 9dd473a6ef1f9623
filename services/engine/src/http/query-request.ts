import type { EngineUser } from '../config.ts';
import type { CheckedStatements } from './checked-statements.ts';
import type { HttpParameters } from './http-parameters.ts';
import type { RequestBody } from './request-body.ts';

/** One request, read as far as its body. */
export interface QueryRequest {
  readonly user: EngineUser;
  /** GET must not change anything, as on a server. */
  readonly isReadOnlyMethod: boolean;
  readonly parameters: HttpParameters;
  readonly body: RequestBody;
  /** Called when the statement is read, before it waits for a session; throws ClickHouseError 202 when too many do. */
  readonly takePlace: () => void;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

export interface QueryLimits {
  readonly incomingPath: string;
  readonly maxBodyBytes: number;
  /** Analysts' statements that were found harmless. */
  readonly checked: CheckedStatements;
}
