import type { RoleOfValue } from './call-kinds.ts';
import type { Attributes, Scope, Span } from './span.ts';

/** A span with what it stands for. */
export interface PlacedSpan {
  /** Position in the request. */
  readonly index: number;
  readonly span: Span;
  readonly scope: Scope;
  readonly resource: Attributes;
  readonly role: RoleOfValue;
}
