/** One matcher of a PromQL selector: `code=~"5.."`. */
export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** A PromQL selector without its range: `http_requests_total{job="x"}`. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

const SELECTOR = /^([a-zA-Z_:][\w:]*)?\s*(?:\{(.*)\})?$/s;
const MATCHER = /^\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*(?:,|$)/s;

/** Reads a selector; null where the text is anything else. */
export function parseSelector(text: string): Selector | null {
  const match = SELECTOR.exec(text.trim());
  if (match === null) return null;
  const matchers: Matcher[] = [];
  let rest = match[2]?.trim() ?? '';
  while (rest !== '') {
    const found = MATCHER.exec(rest);
    const [whole = '', label = '', operator = '', value = ''] = found ?? [];
    if (found === null) return null;
    matchers.push({ label, operator: operator as Matcher['operator'], value: unquoted(value) });
    rest = rest.slice(whole.length).trim();
  }
  const named = matchers.find(({ label, operator }) => label === '__name__' && operator === '=');
  const metric = match[1] ?? named?.value;
  return metric === undefined ? null : { metric, matchers: matchers.filter((one) => one !== named) };
}

const unquoted = (text: string): string => text.slice(1, -1).replace(/\\(.)/gs, '$1');

const WINDOW = String.raw`\[\s*(?:\{\{\s*\.window\s*\}\}|[0-9a-z]+)\s*\]`;
const GROUPING = String.raw`(?:(?:by|without)\s*\([^)]*\))?`;
/** `sum(rate(SELECTOR[{{.window}}]))`, with or without a grouping, before or behind. */
const SUM = new RegExp(
  String.raw`^sum\s*${GROUPING}\s*\(\s*(?:rate|increase|irate)\s*\((.*?)${WINDOW}\s*\)\s*\)\s*${GROUPING}$`,
  's',
);

/** The selector whose increase a query sums up; null where it does anything else. */
export function summedSelector(query: string): Selector | null {
  const match = SUM.exec(withoutOuterParentheses(query.trim()));
  return match === null ? null : parseSelector(match[1] ?? '');
}

/** The two sides of `a - b`, where that is all that a query does. */
export function difference(query: string): readonly [string, string] | null {
  const text = withoutOuterParentheses(query.trim());
  let [depth, quote] = [0, ''];
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    if (quote !== '') {
      if (character === '\\') index += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) depth -= 1;
    else if (character === '-' && depth === 0 && index > 0)
      return [text.slice(0, index), text.slice(index + 1)];
  }
  return null;
}

function withoutOuterParentheses(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '(') depth += 1;
    if (text[index] === ')') depth -= 1;
    if (depth === 0 && index < text.length - 1) return text;
  }
  return withoutOuterParentheses(text.slice(1, -1).trim());
}
