import { derivedField, type EntryNode, type FieldDefinition, type PredicateNode } from '@burnline/core';
import type { ASTNode } from '@marcbachmann/cel-js';
import { typeWord } from './cel-value.ts';
import type { CelValue } from './cel-value.ts';
import { otherStreamRemedy } from './event-fields.ts';
import { aliasRemedy } from './field-aliases.ts';
import { didYouMean } from '@burnline/core';
import type { PredicateIssueList } from './predicate-issue.ts';

type Ast<Op extends ASTNode['op']> = Extract<ASTNode, { op: Op }>;

/** By the list of fields, of which there are two. */
const fieldsByName = new WeakMap<readonly FieldDefinition[], ReadonlyMap<string, FieldDefinition>>();

function byName(fields: readonly FieldDefinition[]): ReadonlyMap<string, FieldDefinition> {
  const known = fieldsByName.get(fields);
  if (known !== undefined) return known;
  const map = new Map(fields.map((field) => [field.name, field]));
  fieldsByName.set(fields, map);
  return map;
}

/** Finds what names in an expression stand for, and reports those that stand for nothing. */
export class CelReferences {
  readonly #fields: ReadonlyMap<string, FieldDefinition>;
  readonly #issues: PredicateIssueList;

  constructor(fields: readonly FieldDefinition[], issues: PredicateIssueList) {
    this.#fields = byName(fields);
    this.#issues = issues;
  }

  /** The value of `ttft_ms`, `attributes.k` or `attributes['k']`. */
  value(ast: Ast<'id' | '.' | '[]'>): CelValue | null {
    if (ast.op === 'id') return this.#field(ast);
    const [map, key] = ast.args;
    const entry = map.op === 'id' ? this.entryOf(map, key, ast) : undefined;
    if (entry !== undefined) return entry === null ? null : { node: entry, type: entry.type };
    return this.#fail(ast, 'Only attributes and measures have entries.', "attributes['k'] or measures['k']");
  }

  /** The same for the argument of has(), which must be a reference. */
  resolve(ast: ASTNode): CelValue | null {
    if (ast.op === 'id' || ast.op === '.' || ast.op === '[]') return this.value(ast);
    return this.#fail(
      ast,
      'has() asks for a field or an entry.',
      "a field, attributes['k'] or measures['k']",
    );
  }

  #fail(ast: ASTNode, message: string, expected: string, remedy?: string): null {
    this.#issues.add(ast, { message, expected, found: this.#issues.textAt(ast), remedy });
    return null;
  }

  #definition(ast: Ast<'id'>): FieldDefinition | null {
    const name = ast.args;
    const field = this.#fields.get(name);
    if (field !== undefined) return field;
    const names = [...this.#fields.keys()];
    const remedy =
      aliasRemedy(name, names) ??
      otherStreamRemedy(name, names) ??
      didYouMean(name, names) ??
      `Custom values are entries: attributes['${name}'] for a text, measures['${name}'] for a number.`;
    return this.#fail(ast, `There is no field ${name}.`, 'a field of the event', remedy);
  }

  #field(ast: Ast<'id'>): CelValue | null {
    const field = this.#definition(ast);
    if (field === null) return null;
    const { name, type, nullable, symbols } = field;
    if (type === 'string_map' || type === 'double_map') {
      return this.#fail(ast, `${name} is ${typeWord(type)}, not a value.`, `an entry such as ${name}['key']`);
    }
    const node: PredicateNode = derivedField(name)?.node ?? { kind: 'field', name, type, nullable };
    return { node, type, ...(symbols === undefined ? {} : { symbols }) };
  }

  /** The entry of a map; null when that is a mistake, which is reported. */
  entryOf(mapAst: Ast<'id'>, key: ASTNode | string, whole: ASTNode): EntryNode | null {
    const field = this.#definition(mapAst);
    if (field === null) return null;
    const { name: map, type } = field;
    if (type !== 'string_map' && type !== 'double_map') {
      return this.#fail(mapAst, `${map} is ${typeWord(type)} and has no entries.`, 'attributes or measures');
    }
    const text = typeof key === 'string' ? key : key.op === 'value' ? key.args : null;
    if (typeof text !== 'string') {
      return this.#fail(
        typeof key === 'string' ? whole : key,
        `The key of ${map} must be a literal text.`,
        "a text such as 'key'",
      );
    }
    return { kind: 'entry', map, key: text, type: type === 'string_map' ? 'string' : 'double' };
  }
}
