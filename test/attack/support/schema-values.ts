import fc from 'fast-check';

export type Schema = Readonly<Record<string, unknown>>;

/** Long enough to show that a text is kept within its bound. */
const TEXT_CHARS_MAX = 40;
const LIST_LENGTH_MAX = 4;
const MEMBERS_MAX = 6;

/** Values that fit a JSON schema, of the keywords that our documents have. */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema['const']);
  const {
    enum: symbols,
    anyOf,
    type,
  } = schema as {
    readonly enum?: readonly unknown[];
    readonly anyOf?: readonly Schema[];
    readonly type?: string | readonly string[];
  };
  if (symbols !== undefined) return fc.constantFrom(...symbols);
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(valuesOf));
  if (typeof type === 'object') return fc.oneof(...type.map((one) => valuesOf({ ...schema, type: one })));
  switch (type) {
    case undefined:
      return fc.jsonValue({ maxDepth: 2 });
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'string':
      return textsOf(schema);
    case 'integer':
    case 'number':
      return numbersOf(schema);
    case 'array':
      return fc.array(valuesOf((schema['items'] ?? {}) as Schema), {
        minLength: Number(schema['minItems'] ?? 0),
        maxLength: LIST_LENGTH_MAX,
      });
    case 'object':
      return objectsOf(schema);
    default:
      throw new Error(`no values are drawn of type ${type}`);
  }
}

function textsOf({ format, pattern, minLength, maxLength }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc
      .date({ min: new Date('2002-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
  const length = Math.min(Number(maxLength ?? TEXT_CHARS_MAX), TEXT_CHARS_MAX);
  return fc.string({ minLength: Number(minLength ?? 0), maxLength: length });
}

function numbersOf({ type, minimum, maximum }: Schema): fc.Arbitrary<number> {
  const min = Number(minimum ?? -1e9);
  const max = Number(maximum ?? 1e9);
  if (type === 'integer') return fc.integer({ min: Math.max(min, -1e9), max: Math.min(max, 1e16) });
  return fc.double({ min, max, noNaN: true });
}

function objectsOf(schema: Schema): fc.Arbitrary<unknown> {
  const {
    properties = {},
    required = [],
    additionalProperties,
  } = schema as {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
    readonly additionalProperties?: Schema | boolean;
  };
  const names = Object.keys(properties);
  if (names.length === 0 && typeof additionalProperties === 'object' && 'type' in additionalProperties)
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,12}$/), valuesOf(additionalProperties), {
      maxKeys: MEMBERS_MAX,
    });
  // A few of many: with all of them hardly anything is ever absent.
  return fc
    .subarray(names.filter((name) => !required.includes(name)))
    .chain((optional) =>
      fc.record(
        Object.fromEntries(
          [...required, ...optional].map((name) => [name, valuesOf(properties[name] ?? {})]),
        ),
      ),
    );
}

/** The schema with what it refers to in its place. */
export function resolved(schema: unknown, document: Schema): Schema {
  if (typeof schema !== 'object' || schema === null) return {};
  return JSON.parse(JSON.stringify(schema), (_, value: unknown) => {
    const reference = (value as { readonly $ref?: unknown } | null)?.$ref;
    if (typeof reference !== 'string') return value;
    const names = reference.slice(2).split('/');
    const found = names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document);
    return resolved(found, document);
  }) as Schema;
}
