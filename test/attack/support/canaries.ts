/** A body in which one text is a sentence with a mark, and the field that it stood in. */
export interface Planting {
  readonly source: string;
  /** Like metadata.user_api_key_alias; of OpenTelemetry, the attribute's name. */
  readonly field: string;
  readonly body: unknown;
}

/** Each text of a body in turn, marked with numbers from `first` on: in place of a value, and of an attribute's name. */
export function plantings(source: string, body: unknown, first: number): readonly Planting[] {
  const fields = fieldsOf(body);
  return fields.map(({ field, at }, index) => ({
    source,
    field,
    body: withMark(body, at, `zq${first + index}zq is what somebody wrote`),
  }));
}

type Place = readonly (string | number)[];

function fieldsOf(
  value: unknown,
  at: Place = [],
  field = '',
): readonly { readonly field: string; readonly at: Place }[] {
  if (typeof value === 'string') return [{ field, at }];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one, index) => fieldsOf(one, [...at, index], field));
  const { key } = value as { readonly key?: unknown };
  return Object.entries(value).flatMap(([name, inner]) => {
    // An attribute is known by its name, wherever it stands among the others.
    const isValue = name === 'value' && typeof key === 'string';
    const isInAttribute = /Value$|^values$/.test(name);
    const own = isValue
      ? `${field}[${key}]`
      : isInAttribute
        ? field
        : field === ''
          ? name
          : `${field}.${name}`;
    return fieldsOf(inner, [...at, name], own);
  });
}

function withMark(value: unknown, [head, ...rest]: Place, mark: string): unknown {
  if (head === undefined) return mark;
  const copy: Record<string | number, unknown> | unknown[] = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...(value as Record<string, unknown>) };
  const members = copy as Record<string | number, unknown>;
  members[head] = withMark(members[head], rest, mark);
  return copy;
}
