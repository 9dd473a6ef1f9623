import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadSpecs } from '../load-specs.ts';
import { CRITICALITIES } from '../slos/spec-annotations.ts';
import { TEMPLATE_NAMES } from '../templates/template-table.ts';
import { writeTemplate } from '../templates/write-template.ts';
import { specSchema } from './spec-schema.ts';

const root = new URL('../../../../', import.meta.url);
const validate = new Ajv2020({ allErrors: true, strict: false }).compile(specSchema());
const textOf = (file: string): string => readFileSync(new URL(file, root), 'utf8');
const documentsOf = (text: string): readonly unknown[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((document) => document !== null);

function mistakesOf(text: string): readonly string[] {
  return documentsOf(text).flatMap((document) =>
    validate(document)
      ? []
      : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`),
  );
}

/** Blocks of YAML on a page that are specs, or those of others that may be imported. */
function examplesOf(page: string): readonly string[] {
  const blocks = [...textOf(page).matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  return blocks.filter((block) => block.includes('apiVersion: openslo/v1'));
}

const isPage = (name: string): boolean => name.endsWith('.md');
const pages = [
  'README.md',
  ...readdirSync(new URL('docs/', root))
    .filter(isPage)
    .map((name) => `docs/${name}`),
];
const specFiles = [
  ...readdirSync(new URL('examples/', root))
    .map((name) => `examples/${name}/slos.yaml`)
    .filter((file) => existsSync(new URL(file, root))),
  ...readdirSync(new URL('packages/specs/src/fixtures/', root))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `packages/specs/src/fixtures/${name}`),
];

describe('the JSON Schema of specs', () => {
  it('is published as it is made', async () => {
    const text = `${JSON.stringify(specSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../schema/openslo-v1.schema.json');
  });

  it('is a sound one of draft 2020-12', () => {
    expect(specSchema().$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(new Ajv2020().validateSchema(specSchema())).toBe(true);
  });

  it('takes every example of the documentation', () => {
    const examples = pages.flatMap(examplesOf);
    expect(examples.length).toBeGreaterThan(8);
    for (const example of examples) expect(mistakesOf(example)).toEqual([]);
  });

  it.each(specFiles)('takes %s', (file) => {
    expect(mistakesOf(textOf(file))).toEqual([]);
  });

  it('takes what the templates write', () => {
    for (const template of TEMPLATE_NAMES)
      for (const criticality of CRITICALITIES)
        expect(mistakesOf(writeTemplate({ template, service: 'x', criticality }))).toEqual([]);
  });

  it('refuses nothing of the typical mistakes that strict mode takes, and two fifths of what it refuses', () => {
    const folder = 'test/golden/bad-specs/';
    const bad = readdirSync(new URL(folder, root)).map((name) => textOf(folder + name));
    const isRefused = (text: string): boolean => {
      const documents = parseAllDocuments(text);
      // What is no YAML, no schema has to judge.
      if (documents.some(({ errors, warnings }) => errors.length + warnings.length > 0)) return false;
      return mistakesOf(text).length > 0;
    };
    const byLoader = bad.filter(
      (text) => loadSpecs([{ file: 'a.yaml', text }], { mode: 'strict' }).issues.length > 0,
    );
    const bySchema = bad.filter(isRefused);
    expect(bySchema.filter((text) => !byLoader.includes(text))).toEqual([]);
    expect(bySchema.length).toBeGreaterThan(byLoader.length * 0.4);
  });

  const availability = textOf('packages/specs/src/fixtures/availability.yaml');
  const goodput = textOf('packages/specs/src/fixtures/goodput.yaml');
  const composite = textOf('packages/specs/src/fixtures/composite.yaml');
  test.each([
    ['a misspelt key', availability, 'seriesMax: 50', 'serieMax: 50'],
    ['a kind that there is not', availability, 'kind: SLO', 'kind: SLOs'],
    ['another version', availability, 'apiVersion: openslo/v1', 'apiVersion: openslo/v2'],
    ['a target of 100 %', availability, 'target: 0.999', 'target: 1'],
    ['a target in both forms', availability, 'target: 0.999', 'target: 0.999\n      targetPercent: 99'],
    ['a target as a text', availability, 'target: 0.999', "target: '0.999'"],
    ['no target', availability, '- target: 0.999', '- displayName: x'],
    ['seconds', availability, 'duration: 30d', 'duration: 30s'],
    ['no word on rolling', availability, '\n      isRolling: true', ''],
    ['no calendar', availability, 'isRolling: true', 'isRolling: false'],
    ['a counter', availability, 'counter: false', 'counter: true'],
    ['a ratio without good and bad', availability, 'good:', 'total2:'],
    ['a raw ratio', availability, 'counter: false', 'rawType: success'],
    ['a cap of 0', availability, 'seriesMax: 50', 'seriesMax: 0'],
    ['a method that there is not', availability, 'Occurrences', 'Occurences'],
    ['an annotation misspelt', availability, 'burnline.dev/criticality', 'burnline.dev/critcality'],
    ['a value of an annotation', availability, 'criticality: high', 'criticality: higher'],
    [
      'an annotation of another kind',
      availability,
      'burnline.dev/criticality: high',
      "burnline.dev/min-bad: '5'",
    ],
    ['a label as a number', availability, 'team: [inference, platform]', 'team: 5'],
    ['an alert below', goodput, 'op: gte', 'op: lte'],
    ['a severity', goodput, 'severity: page', 'severity: sev1'],
    [
      'two conditions',
      goodput,
      'conditions: [{ conditionRef: fast-burn }]',
      'conditions: [{ conditionRef: a }, { conditionRef: b }]',
    ],
    [
      'no target to notify',
      goodput,
      'notificationTargets: [{ targetRef: on-call }]',
      'notificationTargets: []',
    ],
    [
      'a composite with an indicator',
      composite,
      '  timeWindow',
      '  indicatorRef: triage-right\n  timeWindow',
    ],
    ['a part without an indicator', composite, 'indicatorRef: triage-right, ', ''],
    ['a weight of 0', composite, 'compositeWeight: 2', 'compositeWeight: 0'],
  ])('refuses %s, as strict mode does', (_, text, from, to) => {
    expect(text).toContain(from);
    const edited = text.replace(from, to);
    expect(mistakesOf(edited)).not.toEqual([]);
    expect(loadSpecs([{ file: 'a.yaml', text: edited }], { mode: 'strict' }).issues).not.toEqual([]);
  });
});
