import { childrenOf } from './predicate-check.ts';
import type { EntryNode, FieldNode, PredicateNode, ValueType } from './predicate-node.ts';

/**
 * One value that generated code reads of a record. The prologue declares `local` with `let` and leaves in it the value,
 * or `null` where the record has none. A string map's entry is a string or null, a double map's a number or null.
 */
export interface PredicateInput {
  readonly local: string;
  /** Top-level field of the record; of an entry the map. */
  readonly field: string;
  /** Key within the map; null for a plain field. */
  readonly key: string | null;
  readonly type: ValueType;
}

const inputKey = (node: FieldNode | EntryNode): string =>
  node.kind === 'field' ? node.name : `${node.map}.${node.key}`;

/** The inputs of a set of predicates, each once, in the order of their first use. */
export class InputTable {
  readonly #byKey = new Map<string, PredicateInput>();

  get all(): readonly PredicateInput[] {
    return [...this.#byKey.values()];
  }

  inputOf(node: FieldNode | EntryNode): PredicateInput {
    const known = this.#byKey.get(inputKey(node));
    if (known !== undefined) return known;
    const local = `v${this.#byKey.size}`;
    const input: PredicateInput =
      node.kind === 'field'
        ? { local, field: node.name, key: null, type: node.type }
        : { local, field: node.map, key: node.key, type: node.type };
    this.#byKey.set(inputKey(node), input);
    return input;
  }
}

function collectFields(node: PredicateNode, fields: Set<string>): void {
  if (node.kind === 'field') fields.add(node.name);
  if (node.kind === 'entry') fields.add(node.map);
  for (const child of childrenOf(node)) collectFields(child, fields);
}

/** Names of the top-level record fields that predicates read, each once, for projected decoding. */
export function fieldsOf(nodes: readonly PredicateNode[]): readonly string[] {
  const fields = new Set<string>();
  for (const node of nodes) collectFields(node, fields);
  return [...fields];
}

/** Reads inputs of a decoded record in a variable called `record`; each field is read once. */
export function recordPrologue(inputs: readonly PredicateInput[]): string {
  const maps = [...new Set(inputs.flatMap((input) => (input.key === null ? [] : [input.field])))];
  const mapLocals = new Map(maps.map((map, index) => [map, `m${index}`]));
  const lines = maps.map((map, index) => `const m${index} = record[${JSON.stringify(map)}] ?? {};`);
  for (const { local, field, key, type } of inputs) {
    if (key === null) {
      lines.push(`let ${local} = record[${JSON.stringify(field)}] ?? null;`);
      continue;
    }
    // What an object inherits (constructor, toString, __proto__) is neither a string nor a number.
    const wanted = type === 'string' ? 'string' : 'number';
    lines.push(`let ${local} = ${mapLocals.get(field) ?? ''}[${JSON.stringify(key)}];`);
    lines.push(`if (typeof ${local} !== '${wanted}') ${local} = null;`);
  }
  return lines.join('\n');
}
