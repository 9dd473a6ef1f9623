import type { BurnTier } from '@burnline/core';
import type { SpecDocument, IssueDetails } from './spec-document.ts';
import { didYouMean } from '@burnline/core';
import type { SliWarning } from '../predicates/meaning/sli-warnings.ts';
import type { PredicateResult } from '../predicates/parse-predicate.ts';
import { showValue } from './spec-issue.ts';
import type { SpecIssue, SpecPath } from './spec-issue.ts';

/** `strict` is what the OpenSLO SDK accepts; `tolerant` is what the specification says, with warnings. */
export type SpecMode = 'strict' | 'tolerant';

export const SPEC_KINDS = [
  'Service',
  'SLI',
  'SLO',
  'DataSource',
  'AlertPolicy',
  'AlertCondition',
  'AlertNotificationTarget',
  'ErrorBudgetPolicy',
] as const;
export type SpecKind = (typeof SPEC_KINDS)[number];

/**
 * Names compared in search of those that were meant. A slip or a hundred are far below it; where thousands of references
 * lead nowhere among thousands of names, a word for each would take minutes.
 */
const COMPARISON_COUNT_MAX = 200_000;

/** No name and no kind has it. */
const UNKNOWN = '*';

/** What a loading of specs shares: the named documents, and the lists of what was found wrong. */
export class SpecContext {
  readonly mode: SpecMode;
  readonly issues: SpecIssue[] = [];
  readonly warnings: SpecIssue[] = [];
  /** Tiers of presets, by what they depend on: thousands of SLOs share a few. */
  readonly presetTiers = new Map<string, readonly BurnTier[]>();
  /** Conditions and what was said of them, by their texts: thousands of SLIs share a few. */
  readonly predicates = new Map<string, PredicateResult>();
  readonly sliWarnings = new Map<string, readonly SliWarning[]>();
  readonly #named = new Map<SpecKind, Map<string, SpecDocument>>();
  /** Named by documents whose YAML is broken: references to them are taken as good. */
  readonly #unreadable = new Set<string>();
  readonly #referenced = new Set<string>();
  readonly #faulty = new Set<SpecDocument>();
  #comparisonsLeft = COMPARISON_COUNT_MAX;

  constructor(mode: SpecMode) {
    this.mode = mode;
  }

  report(document: SpecDocument, path: SpecPath, details: IssueDetails): null {
    this.issues.push(document.issue(path, details));
    this.#faulty.add(document);
    return null;
  }

  warn(document: SpecDocument, path: SpecPath, details: IssueDetails): void {
    this.warnings.push(document.issue(path, details));
  }

  /** What the SDK refuses and the specification lets pass. */
  reportIfStrict(document: SpecDocument, path: SpecPath, details: IssueDetails): void {
    if (this.mode === 'strict') this.report(document, path, details);
    else this.warn(document, path, details);
  }

  /** Whether a mistake was reported in a document. */
  isFaulty(document: SpecDocument): boolean {
    return this.#faulty.has(document);
  }

  addName(kind: SpecKind, name: string, document: SpecDocument): void {
    const known = this.#namedOf(kind).get(name);
    if (known === undefined) {
      this.#namedOf(kind).set(name, document);
      return;
    }
    this.report(document, ['metadata', 'name'], {
      expected: `a name that no other ${kind} has`,
      message: `${kind} ${name} is defined twice; the first is document ${known.number} of ${known.file}.`,
      remedy: 'Rename or remove one of them.',
    });
  }

  /** A broken document; what of it could not be read stands for any kind, any name. */
  addUnreadable(kind: string | undefined, name: string | undefined): void {
    this.#unreadable.add(`${kind ?? UNKNOWN}/${name ?? UNKNOWN}`);
  }

  #mayBeUnreadable(kind: SpecKind, name: string): boolean {
    const kinds = [kind, UNKNOWN];
    return kinds.some((one) => [name, UNKNOWN].some((other) => this.#unreadable.has(`${one}/${other}`)));
  }

  #namedOf(kind: SpecKind): Map<string, SpecDocument> {
    const known = this.#named.get(kind) ?? new Map<string, SpecDocument>();
    this.#named.set(kind, known);
    return known;
  }

  named(kind: SpecKind): ReadonlyMap<string, SpecDocument> {
    return this.#namedOf(kind);
  }

  isReferenced(kind: SpecKind, name: string): boolean {
    return this.#referenced.has(`${kind}/${name}`);
  }

  /**
   * The document that a name stands for. A name that none has is reported; null then, and where the document is broken.
   * `isOptional`: in tolerant mode a missing one is only warned of.
   */
  resolve(
    kind: SpecKind,
    reference: { readonly document: SpecDocument; readonly path: SpecPath; readonly isOptional?: boolean },
  ): SpecDocument | null {
    const { document, path, isOptional = false } = reference;
    const name = document.textAt(path);
    if (name === undefined) return null;
    const key = `${kind}/${name}`;
    this.#referenced.add(key);
    const found = this.#namedOf(kind).get(name);
    if (found !== undefined || this.#mayBeUnreadable(kind, name)) return found ?? null;
    const details = {
      expected: `the name of a document of kind ${kind}`,
      found: showValue(name),
      message: `No ${kind} in these files is named ${showValue(name)}.`,
      remedy: this.#meantBy(kind, name) ?? 'Define it, or load the file that does.',
    };
    if (isOptional) this.reportIfStrict(document, path, details);
    else this.report(document, path, details);
    return null;
  }

  #meantBy(kind: SpecKind, name: string): string | undefined {
    const known = this.#namedOf(kind);
    this.#comparisonsLeft -= known.size;
    return this.#comparisonsLeft < 0 ? undefined : didYouMean(name, [...known.keys()]);
  }
}
