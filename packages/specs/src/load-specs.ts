import { didYouMean, type BudgetPolicy, type Criticality, type SloPlan } from '@burnline/core';
import { checkShape } from './documents/check-shape.ts';
import { readPolicy } from './policies/read-policy.ts';
import { checkRouteRules } from './policies/read-route-rule.ts';
import { readSli, type ReadSli } from './kinds/sli-kinds.ts';
import { warnOfScopes } from './slos/check-scopes.ts';
import { checkNesting } from './slos/check-nesting.ts';
import type { SliLookup } from './slos/read-indicator.ts';
import { labelsOf, readSlo } from './slos/read-slo.ts';
import { checkPolicy } from './slos/read-tiers.ts';
import { annotationWord, checkAnnotations, CRITICALITIES } from './slos/spec-annotations.ts';
import { SPEC_KINDS, SpecContext } from './documents/spec-context.ts';
import type { SpecKind, SpecMode } from './documents/spec-context.ts';
import { readDocuments } from './documents/spec-document.ts';
import type { SpecDocument, SpecFile } from './documents/spec-document.ts';
import { checkConnectionEffects, checkTargetEffects } from './slos/spec-effects.ts';
import { showValue } from './documents/spec-issue.ts';
import type { SpecIssue } from './documents/spec-issue.ts';
import { API_VERSION, DOCUMENT_SHAPES } from './documents/spec-shapes.ts';

/** Characters of one file: ten thousand SLOs that a program wrote into one; what is longer is no spec. */
export const SPEC_FILE_LENGTH_MAX = 16_777_216;

/** Written by osko and Dash0. */
const API_VERSION_ALIAS = 'openslo.com/v1';
const API_PATH = ['apiVersion'];

export interface SpecService {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** Null where the spec says nothing; its SLOs then are of medium criticality. */
  readonly criticality: Criticality | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: { readonly file: string; readonly document: number };
}

export interface LoadedSpecs {
  /** One per objective, in the order of the files. Of SLOs with a mistake there is none. */
  readonly plans: readonly SloPlan[];
  readonly services: readonly SpecService[];
  /** What follows from budgets, in the order of the files; of policies with a mistake there is none. */
  readonly policies: readonly BudgetPolicy[];
  /** Every mistake of every file, by file and place. Specs with issues should not be run. */
  readonly issues: readonly SpecIssue[];
  readonly warnings: readonly SpecIssue[];
}

interface KnownDocument {
  readonly kind: SpecKind;
  readonly document: SpecDocument;
}

/** Reports an apiVersion that is not read here. @returns whether the rest of the document is to be checked */
function checkApiVersion(context: SpecContext, document: SpecDocument): boolean {
  const version = document.at(API_PATH);
  if (version === API_VERSION) return true;
  const details = {
    expected: API_VERSION,
    message:
      version === undefined
        ? 'The document has no apiVersion.'
        : `apiVersion ${showValue(version)} is not read here.`,
    remedy:
      (typeof version === 'string' ? didYouMean(version, [API_VERSION]) : undefined) ??
      `Write apiVersion: ${API_VERSION}, and the document as that has it.`,
  };
  if (version !== API_VERSION_ALIAS) {
    context.report(document, API_PATH, details);
    return version === undefined;
  }
  context.reportIfStrict(document, API_PATH, details);
  return true;
}

function checkKind(context: SpecContext, document: SpecDocument): SpecKind | null {
  const kind = document.at(['kind']);
  const known = SPEC_KINDS.find((candidate) => candidate === kind);
  if (known !== undefined) return known;
  return context.report(document, ['kind'], {
    expected: SPEC_KINDS.join(', '),
    message:
      kind === undefined ? 'The document has no kind.' : `There is no kind ${showValue(kind)} in OpenSLO v1.`,
    remedy: typeof kind === 'string' ? didYouMean(kind, SPEC_KINDS) : undefined,
  });
}

/** The SDK requires what the specification leaves open; the event stream needs none of it. */
function checkConnection(context: SpecContext, document: SpecDocument): void {
  const path = ['spec', 'connectionDetails'];
  if (document.at(path) !== undefined) return;
  const message = 'The DataSource has no connectionDetails.';
  context.reportIfStrict(document, path, {
    expected: 'an object',
    message,
    remedy: 'Write connectionDetails: {}.',
  });
}

/** The kind of a document whose shape has been checked, or null where it is none that is read here. */
function identify(context: SpecContext, document: SpecDocument): KnownDocument | null {
  if (typeof document.data !== 'object' || Array.isArray(document.data)) {
    return context.report(document, [], { expected: 'an object', message: 'The document is not an object.' });
  }
  // Of another version a kind means another thing.
  if (!checkApiVersion(context, document)) return null;
  const kind = checkKind(context, document);
  if (kind === null) return null;
  checkShape({ context, document, shape: DOCUMENT_SHAPES[kind], base: [] });
  checkAnnotations(context, document, { kind });
  if (kind === 'DataSource') {
    checkConnection(context, document);
    checkConnectionEffects(context, document);
  }
  if (kind === 'AlertNotificationTarget') checkTargetEffects(context, document, ['spec']);
  const name = document.textAt(['metadata', 'name']);
  if (name !== undefined) context.addName(kind, name, document);
  return { kind, document };
}

function readFile(context: SpecContext, file: SpecFile): readonly KnownDocument[] {
  const isTooLong = file.text.length > SPEC_FILE_LENGTH_MAX;
  const { sound, broken, issues } = readDocuments(isTooLong ? { ...file, text: '' } : file);
  if (isTooLong) context.issues.push(tooLong(file));
  context.issues.push(...issues);
  for (const document of broken) {
    context.addUnreadable(document.textAt(['kind']), document.textAt(['metadata', 'name']));
  }
  return sound.map((document) => identify(context, document)).filter((known) => known !== null);
}

const tooLong = ({ file, text }: SpecFile): SpecIssue => ({
  file,
  document: 1,
  path: '',
  line: 1,
  column: 1,
  expected: `at most ${SPEC_FILE_LENGTH_MAX} characters`,
  found: `${text.length}`,
  message: 'The file is too long; none of it is read.',
  remedy: 'Split it.',
});

function readPolicies(context: SpecContext, documents: readonly SpecDocument[]): readonly BudgetPolicy[] {
  const read = documents.flatMap((document) => {
    const policy = readPolicy(context, document);
    return policy === null ? [] : [{ document, policy }];
  });
  checkRouteRules(context, read);
  return read.flatMap(({ document, policy }) => (context.isFaulty(document) ? [] : [policy]));
}

/** Each SLI document is read once, however many SLOs refer to it, so that its mistakes are reported once. */
function createSliLookup(context: SpecContext): SliLookup {
  const read = new Map<SpecDocument, ReadSli | null>();
  return (document, inline) => {
    if (inline !== undefined) return readSli({ context, document, base: [...inline, 'spec'] });
    const known = read.get(document);
    if (known !== undefined) return known;
    const sli = readSli({ context, document, base: ['spec'] });
    read.set(document, sli);
    return sli;
  };
}

function warnUnreferenced(context: SpecContext): void {
  for (const kind of ['SLI', 'AlertPolicy', 'AlertCondition'] as const) {
    for (const [name, document] of context.named(kind)) {
      if (context.isReferenced(kind, name)) continue;
      context.warn(document, ['metadata', 'name'], {
        expected: `something that refers to ${kind} ${name}`,
        message: `Nothing refers to ${kind} ${name}.`,
        remedy: 'Refer to it, or remove it.',
      });
    }
  }
}

function serviceOf(document: SpecDocument): SpecService {
  const name = document.textAt(['metadata', 'name']) ?? '';
  return {
    name,
    displayName: document.textAt(['metadata', 'displayName']) ?? name,
    description: document.textAt(['spec', 'description']) ?? '',
    criticality: annotationWord(document, 'criticality', CRITICALITIES) ?? null,
    labels: labelsOf(document),
    source: { file: document.file, document: document.number },
  };
}

/** By file as given, then by place. An alert condition that several SLOs use is reported once. */
function inOrder(issues: readonly SpecIssue[], files: readonly SpecFile[]): readonly SpecIssue[] {
  const rank = new Map(files.map(({ file }, index) => [file, index]));
  const unique = new Map(issues.map((issue) => [JSON.stringify(issue), issue]));
  return [...unique.values()].sort(
    (a, b) => (rank.get(a.file) ?? 0) - (rank.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  );
}

/**
 * Reads spec files: OpenSLO v1, several YAML documents each, names resolved over all of them. Never throws on bad input:
 * every mistake of every file is in `issues`, with its place.
 */
export function loadSpecs(files: readonly SpecFile[], { mode }: { readonly mode: SpecMode }): LoadedSpecs {
  const context = new SpecContext(mode);
  const documents = files.flatMap((file) => readFile(context, file));
  const of = (kind: SpecKind): readonly SpecDocument[] =>
    documents.filter((known) => known.kind === kind).map(({ document }) => document);
  const lookUp = createSliLookup(context);
  for (const document of of('SLI')) lookUp(document);
  for (const document of of('AlertPolicy')) checkPolicy(context, document, ['spec']);
  const slos = of('SLO').map((document) => ({ document, plans: readSlo(context, document, lookUp) }));
  checkNesting(context, slos);
  warnOfScopes(context, slos);
  const plans = slos.flatMap((slo) => (context.isFaulty(slo.document) ? [] : slo.plans));
  const policies = readPolicies(context, of('ErrorBudgetPolicy'));
  warnUnreferenced(context);
  return {
    plans,
    policies,
    services: of('Service')
      .filter((document) => !context.isFaulty(document))
      .map(serviceOf),
    issues: inOrder(context.issues, files),
    warnings: inOrder(context.warnings, files),
  };
}
