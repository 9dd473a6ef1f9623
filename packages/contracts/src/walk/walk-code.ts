import { isUnion, type AvroComplexJson, type AvroSchemaJson } from '../events/schema-source.ts';
import { BeyondWalk } from './beyond-walk.ts';
import { skipScalarCode } from './read-code.ts';

/** Symbols of an enum, and branches of a union, whose index takes one byte. */
const ONE_BYTE_INDEXES = 64;
/** Deeper schemas, and ones that contain themselves, are left to the plain path. */
const DEPTH_MAX = 16;

/** The statements of a walk over one datum, written schema by schema. */
export class WalkCode {
  readonly #lines: string[] = [];
  /** Later mentions of a named type give only its name. */
  readonly #named = new Map<string, AvroComplexJson>();
  #loopCount = 0;
  #depth = 0;

  get text(): string {
    return this.#lines.join('\n');
  }

  add(...lines: readonly string[]): void {
    this.#lines.push(...lines);
  }

  /** A complex type's definition, by whatever name it is mentioned; null for a primitive. */
  definitionOf(type: AvroSchemaJson): AvroComplexJson | null {
    if (typeof type === 'string') return this.#named.get(unqualified(type)) ?? null;
    if (isUnion(type)) return null;
    if (type.name !== undefined) this.#named.set(unqualified(type.name), type);
    return typeof type.type === 'object' || this.#named.has(type.type) ? this.definitionOf(type.type) : type;
  }

  /** Avro's name for what the type is: `long`, `enum`, `map` and so on. */
  typeNameOf(type: AvroSchemaJson): string {
    if (isUnion(type)) return 'union';
    const definition = this.definitionOf(type);
    if (definition === null) return typeof type === 'string' ? type : 'union';
    return typeof definition.type === 'string' ? definition.type : 'union';
  }

  /** Goes past a value; `before` stands where it begins. */
  skip(type: AvroSchemaJson, before = ''): void {
    if (before !== '') this.#addChecked(type, before);
    else this.#skip(type);
  }

  /** An enum's index is looked at only after it was checked; `pos` is put past it last. */
  #addChecked(type: AvroSchemaJson, statement: string): void {
    if (this.typeNameOf(type) !== 'enum') {
      this.add(statement);
      this.#skip(type);
      return;
    }
    this.#checkSymbol(type);
    this.add(statement, 'pos += 1;');
  }

  #skip(type: AvroSchemaJson): void {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw new BeyondWalk('depth');
    this.#skipInside(type);
    this.#depth -= 1;
  }

  #skipInside(type: AvroSchemaJson): void {
    const definition = this.definitionOf(type);
    const typeName = this.typeNameOf(type);
    switch (typeName) {
      case 'union':
        if (!isUnion(type)) throw new BeyondWalk('union');
        this.union(type, (branch) => {
          this.#skip(branch);
        });
        return;
      case 'record':
        for (const field of definition?.fields ?? []) this.#skip(field.type);
        return;
      case 'enum':
        this.#checkSymbol(type);
        this.add('pos += 1;');
        return;
      case 'fixed':
        this.add(`pos += ${sizeOf(definition)};`);
        return;
      case 'array':
        this.blocks(() => {
          this.#skip(definition?.items ?? 'null');
        });
        return;
      case 'map':
        this.blocks(() => {
          this.#skip('string');
          this.#skip(definition?.values ?? 'null');
        });
        return;
      default:
        this.add(skipScalarCode(typeName));
    }
  }

  #checkSymbol(type: AvroSchemaJson): void {
    const symbolCount = this.definitionOf(type)?.symbols?.length ?? 0;
    if (symbolCount > ONE_BYTE_INDEXES) throw new BeyondWalk('enum');
    this.add(
      'byte = bytes[pos];',
      // NaN and undefined fail both.
      `if (!(byte < ${symbolCount * 2}) || (byte & 1) !== 0) refuse();`,
    );
  }

  /** One arm per branch, in the branch's own code. */
  union(branches: readonly AvroSchemaJson[], addBranch: (branch: AvroSchemaJson) => void): void {
    if (branches.length > ONE_BYTE_INDEXES) throw new BeyondWalk('union');
    this.add('byte = bytes[pos]; pos += 1;');
    branches.forEach((branch, index) => {
      this.add(`${index === 0 ? '' : 'else '}if (byte === ${index * 2}) {`);
      addBranch(branch);
      this.add('}');
    });
    this.add('else refuse();');
  }

  /**
   * The items of an array or map: none, or one block of them without a size. `addFirst` stands before the items, given
   * the name of their number.
   */
  blocks(addItem: () => void, addFirst: (count: string) => void = () => undefined): void {
    const loop = this.#loopCount;
    this.#loopCount += 1;
    this.add(
      `if (bytes[pos] === 0) pos += 1;`,
      'else {',
      `const count${loop} = readCount(bytes, pos, position);`,
      'pos = position.next;',
      // A count written longer than need be could be zero.
      `if (count${loop} === 0) refuse();`,
    );
    addFirst(`count${loop}`);
    this.add(`for (let item${loop} = 0; item${loop} < count${loop}; item${loop} += 1) {`);
    addItem();
    this.add('}', 'if (bytes[pos] !== 0) refuse();', 'pos += 1;', '}');
  }
}

function sizeOf(definition: AvroComplexJson | null): number {
  const size = Number(definition?.size);
  if (!Number.isSafeInteger(size) || size < 0) throw new BeyondWalk('fixed');
  return size;
}

function unqualified(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
