/** What flags are of, by the words of a name: something bad that may be there, or something good. */
export type Sense = 'trouble' | 'good';

/** What a name says came of a check; it goes before what was checked: `safety_violation`, `toxicity_passed`. Beginnings of words. */
const OUTCOMES: Readonly<Record<Sense, RegExp>> = {
  trouble: /^(trip|trigger|flag|block(s|ed|ing)?$|violat|fail|breach)/,
  good: /^(pass(es|ed|ing)?$|allow|accept|approv)/,
};
const SUBJECTS: Readonly<Record<Sense, RegExp>> = {
  trouble:
    /^(toxi|hallucinat|confabulat|fabricat|contradict|pii$|leak|exfiltrat|secret|sensitive|jailbreak|inject|attack|exploit|threat|malicious|malware|abus|bias|stereotyp|discriminat|racis|sexis|sexual|nsfw|profan|obscen|vulgar|swear|violen|harm(?!on)|hate|harass|insult|offens|danger|weapon|suicid|illegal|crim|spam|misinform|disinform|decept|decei|manipulat|sycophan|plagiar|poison|risk|vulnerab|error|mistake|wrong|fault|repetit|issue|problem|concern|incident|degrad|regress|gaps?$|loss$|lost$|drop)/,
  good: /^(correct|accura|faithful|relevan|helpful|useful|ground|safe$|safety$|secure|factual|truthful|honest|coheren|consisten|complete|concise|conciseness|fluen|clear|clarity|quality|good|valid|fair|polite|appropriate|adher|complian|compli|success|resolved|solved|satisf|feedback|thumb|rating|like|sentiment)/,
};
/** What a guardrail looks for is trouble; an evaluator's match is with what was expected, and its detecting says nothing. */
const FOUND: Readonly<Record<Looking, Readonly<Partial<Record<Sense, RegExp>>>>> = {
  guardrail: { trouble: /^(match|detect)/ },
  evaluator: { good: /^match/ },
};
/** Words that turn the others round: `no_pii`, `jailbreak_resistance`; so does `free` behind what is bad: `toxicity-free`. */
const TURNS = /^(no|non|not|never|without|anti|absence|absent|lack|avoid\w*|prevent\w*|resist\w*)$/;
/** Nobody's judge has a longer name. */
const NAME_CHARS_MAX = 512;
const TURNED = /^(?:un|non|in|ir|im|il|dis)(?=[a-z]{4})/;
const WITHOUT = /less(ness|ly)?$/;

export type Looking = 'guardrail' | 'evaluator';

/** null: the words say neither, or both. */
export function senseOf(name: string, looking: Looking): Sense | null {
  if (name.length > NAME_CHARS_MAX) return null;
  const words = wordsOf(name);
  const isTurned =
    words.filter((word, at) => TURNS.test(word) || isFreeOf(word, words[at - 1])).length % 2 === 1;
  const said = commonSense(words, OUTCOMES) ?? commonSense(words, FOUND[looking], SUBJECTS);
  if (said === null || said === 'both') return null;
  return isTurned ? other(said) : said;
}

/** Not of `reference_free` or `free_text`. */
const isFreeOf = (word: string, before: string | undefined): boolean =>
  word === 'free' && before !== undefined && wordSense(before, SUBJECTS) === 'trouble';

/** Words of `snake_case`, `kebab-case` and `camelCase` alike, in lower case. */
function wordsOf(name: string): readonly string[] {
  return name
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
  const direct = wholeSense(word, table);
  if (direct !== null) return direct;
  const turned = TURNED.test(word) ? wholeSense(word.replace(TURNED, ''), table) : null;
  return turned === null ? null : other(turned);
}

function wholeSense(word: string, table: Readonly<Partial<Record<Sense, RegExp>>>): Sense | null {
  const sense = (['trouble', 'good'] as const).find((one) => table[one]?.test(word)) ?? null;
  return sense !== null && WITHOUT.test(word) ? other(sense) : sense;
}

const other = (sense: Sense): Sense => (sense === 'good' ? 'trouble' : 'good');
