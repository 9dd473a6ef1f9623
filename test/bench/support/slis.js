import { MODELS, PROVIDERS, REGIONS } from './events.js';

const field = (name, type, nullable = false) => ({ kind: 'field', name, type, nullable });
const literal = (type, value) => ({ kind: 'literal', type, value });
const compare = (left, operator, right) => ({ kind: 'compare', operator, left, right });
const both = (left, right) => ({ kind: 'and', left, right });
const isOk = compare(field('status', 'string'), '==', literal('string', 'ok'));
const isFinal = field('is_final', 'bool');
const providerIs = (name) => compare(field('provider', 'string'), '==', literal('string', name));
const modelIs = (name) => compare(field('model_requested', 'string'), '==', literal('string', name));
const regionIn = (...names) => ({
  kind: 'in',
  operand: field('region', 'string'),
  values: names.map((name) => literal('string', name)),
});
const isFast = (ms) => compare(field('ttft_ms', 'double', true), '<', literal('double', ms));
const isShort = (ms) => compare(field('duration_ms', 'double'), '<=', literal('double', ms));
const hasTtft = { kind: 'has', operand: field('ttft_ms', 'double', true) };
const teamIs = (name) =>
  compare({ kind: 'entry', map: 'attributes', key: 'team', type: 'string' }, '==', literal('string', name));
const isValid = compare(field('schema_valid', 'bool', true), '==', literal('bool', true));

/** What real specs hold: scopes by provider, model, region and team; availability, latency, goodput, validity, cost. */
export function planOf(index, grouped) {
  const pick = (list) => list[index % list.length];
  const verdicts = [
    isOk,
    isFast(300 + 50 * index),
    both(isOk, isShort(1_000 + 100 * index)),
    isValid,
    both(both(isOk, isFast(800)), isShort(3_000)),
  ];
  const scopes = [
    null,
    providerIs(pick(PROVIDERS)),
    both(isFinal, modelIs(pick(MODELS))),
    regionIn('eu-west-1', pick(REGIONS)),
    teamIs(`team-${index % 8}`),
  ];
  const dimensions = [['tenant'], ['provider', 'model_requested'], ['region'], ['attributes.team']];
  return {
    slo: `slo-${index}`,
    specRev: '0123456789abcdef',
    stream: 'inference',
    scope: scopes[index % 5],
    total: index % 5 === 1 ? hasTtft : index % 5 === 4 ? isFinal : null,
    verdict: { kind: 'good', where: verdicts[index % 5] },
    groupBy: grouped
      ? { dimensions: dimensions[index % 4], seriesCountMax: 100 }
      : { dimensions: [], seriesCountMax: 1 },
    sums: index % 3 === 0 ? ['output_tokens', 'cost_nano_usd'] : [],
    histogram: index % 10 === 1 ? { field: 'ttft_ms', scale: 5 } : null,
  };
}
