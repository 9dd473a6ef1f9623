import type { Exchange } from '../dialect.ts';
import type { Source } from '../source-of.ts';

/** An export request, over HTTP or gRPC. */
export interface Export extends Omit<Exchange, 'request'> {
  /** Whose resources they are that do not say it. */
  readonly source?: Source;
}
