/** What flags are of, by the words of a name: something bad that may be there, or something good. */
export type Sense = 'trouble' | 'good';

/** What a name says came of a check; it goes before what was checked: `safety_violation`, `toxicity_passed`. Beginnings of words. */
const OUTCOMES: Readonly<Record<Sense, RegExp>> = {
  trouble: /^(trip|trigger|flag|block|violat|fail|breach)/,
  good: /^(pass|allow|accept|approv)/,
};
const SUBJECTS: Readonly<Record<Sense, RegExp>> = {
  trouble:
    /^(toxi|hallucinat|confabulat|fabricat|contradict|pii$|leak|exfiltrat|secret|sensitive|jailbreak|inject|attack|exploit|threat|malicious|malware|abus|bias|stereotyp|discriminat|racis|sexis|sexual|nsfw|profan|obscen|vulgar|swear|violen|harm|hate|harass|insult|offens|danger|weapon|suicid|illegal|crim|spam|misinform|disinform|decept|decei|manipulat|sycophan|plagiar|poison|risk|vulnerab|error|mistake|wrong|fault|repetit)/,
  good: /^(correct|accura|faithful|relevan|helpful|useful|ground|safe$|safety$|secure|factual|truthful|honest|coheren|consisten|complete|concise|conciseness|fluen|clear|clarity|quality|good|valid|fair|polite|appropriate|adher|complian|compli|success|resolved|solved|satisf|feedback|thumb|rating|like|sentiment)/,
};
/** What a guardrail looks for is trouble; an evaluator's match is with what was expected, and its detecting says nothing. */
const FOUND: Readonly<Record<Looking, Readonly<Partial<Record<Sense, RegExp>>>>> = {
  guardrail: { trouble: /^(match|detect)/ },
  evaluator: { good: /^match/ },
};
/** Words that turn the others round: `no_pii`, `jailbreak_resistance`, `toxicity-free`. */
const TURNS = /^(no|non|not|never|without|anti|absence|absent|lack|avoid\w*|prevent\w*|resist\w*|free)$/;
/** What else begins with "free": free-form, free text. */
const FREE_OF_NOTHING = /\bfree[^a-z]*(form|text|style)/gi;
const TURNED = /^(?:un|non|in|ir|im|il|dis)(?=[a-z]{4})/;
const WITHOUT = /less(ness|ly)?$/;

export type Looking = 'guardrail' | 'evaluator';

/** null: the words say neither, or both. */
export function senseOf(name: string, looking: Looking): Sense | null {
  const words = wordsOf(name);
  const isTurned = words.filter((word) => TURNS.test(word)).length % 2 === 1;
  const said = commonSense(words, OUTCOMES) ?? commonSense(words, FOUND[looking], SUBJECTS);
  if (said === null || said === 'both') return null;
  return isTurned ? other(said) : said;
}

/** Words of `snake_case`, `kebab-case` and `camelCase` alike, in lower case. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(FREE_OF_NOTHING, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
}

function commonSense(
  words: readonly string[],
  ...tables: readonly Readonly<Partial<Record<Sense, RegExp>>>[]
): Sense | 'both' | null {
  const senses = new Set(words.flatMap((word) => tables.flatMap((table) => wordSense(word, table) ?? [])));
  const [only = null] = senses;
  return senses.size > 1 ? 'both' : only;
}

/** Also of `unsafe` and `incorrect`, `harmless` and `unbiased`. */
function wordSense(word: string, table: Readonly<Partial<Record<Sense, RegExp>>>): Sense | null {
  const direct = (['trouble', 'good'] as const).find((sense) => table[sense]?.test(word)) ?? null;
  if (direct !== null) return WITHOUT.test(word) ? other(direct) : direct;
  const rest = word.replace(TURNED, '');
  if (rest === word) return null;
  const turned = wordSense(rest, table);
  return turned === null ? null : other(turned);
}

const other = (sense: Sense): Sense => (sense === 'good' ? 'trouble' : 'good');
