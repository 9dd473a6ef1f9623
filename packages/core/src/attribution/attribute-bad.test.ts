import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeBad, type AttributionCell } from './attribute-bad.ts';

/** Goal: excess goes to what the events differ by, not to what came along with it; and the answer is one of the cells alone. */
const cell = (values: readonly string[], bad: number, total: number): AttributionCell => ({
  values,
  bad,
  total,
});
const of = (
  dimensions: readonly string[],
  cells: readonly AttributionCell[],
  randomised: string | null = null,
) => attributeBad({ dimensions, cells, randomised, valuesMax: 10 });

describe('attributeBad', () => {
  it('says share of bad, share of traffic, lift and excess', () => {
    const { values, bad, total } = of(['region'], [cell(['eu'], 30, 100), cell(['us'], 10, 300)]);
    expect([bad, total]).toEqual([40, 400]);
    // As it went with the others, 100 events would have had 3.33 bad ones.
    expect(values[0]).toMatchObject({ value: 'eu', badShare: 0.75, trafficShare: 0.25, lift: 3 });
    expect(values[0]!.excess).toBeCloseTo(30 - 100 * (10 / 300), 12);
    expect(values[1]!.excess).toBeCloseTo(10 - 300 * 0.3, 12);
  });

  it('clears what only has the traffic of what is bad', () => {
    // Provider b is bad in both regions alike; most of its traffic is in eu.
    const { values } = of(
      ['provider', 'region'],
      [
        cell(['a', 'eu'], 1, 100),
        cell(['a', 'us'], 9, 900),
        cell(['b', 'eu'], 270, 900),
        cell(['b', 'us'], 30, 100),
      ],
    );
    const found = (value: string) => values.find((one) => one.value === value)!;
    expect(found('b')).toMatchObject({ method: 'mix-standardised', comparedShare: 1 });
    expect(found('b').excess).toBeCloseTo(300 - 10, 9);
    expect(found('eu').lift).toBeGreaterThan(1.5);
    expect(found('eu').excess).toBeCloseTo(0, 9);
    expect(values[0]!.value).toBe('b');
  });

  it('calls it an association where nothing tells two dimensions apart', () => {
    const { values } = of(['provider', 'model'], [cell(['a', 'm'], 1, 100), cell(['b', 'n'], 50, 100)]);
    expect(values.map(({ method, excess }) => [method, excess])).toEqual([
      ['association', 49],
      ['association', 49],
      ['association', -49],
      ['association', -49],
    ]);
  });

  it('speaks of a randomised arm of the dimension that was assigned, and of no other', () => {
    const cells = [cell(['a', 'control'], 1, 100), cell(['b', 'treatment'], 9, 100)];
    const { values } = of(['provider', 'variant'], cells, 'variant');
    expect(
      new Set(values.filter(({ dimension }) => dimension === 'variant').map(({ method }) => method)),
    ).toEqual(new Set(['randomised-arm']));
    expect(of(['provider', 'variant'], cells).values.map(({ method }) => method)).not.toContain(
      'randomised-arm',
    );
  });

  it('holds nothing against what the answer alone says: where there is none, it is bad', () => {
    const cells = [
      cell(['a', ''], 20, 20),
      cell(['a', 'm'], 0, 80),
      cell(['b', ''], 2, 2),
      cell(['b', 'm'], 0, 50),
      cell(['b', 'n'], 0, 48),
    ];
    const found = attributeBad({
      ...{ dimensions: ['provider', 'model_served'], cells, randomised: null, valuesMax: 10 },
      ofAnswer: ['model_served'],
    });
    expect(found.values[0]).toMatchObject({ value: 'a', method: 'mix-standardised' });
    expect(found.values[0]!.excess).toBeCloseTo(20 - 100 * 0.02, 9);
    const served = found.values.filter(({ dimension }) => dimension === 'model_served');
    expect(served.map(({ value, excess }) => [value, excess])).toEqual([
      ['m', 0],
      ['n', 0],
    ]);
  });

  it('leaves out what all have in common, and what has no value, but counts it', () => {
    const cells = [cell(['x', ''], 5, 10), cell(['x', 't'], 1, 10)];
    expect(of(['provider', 'tenant'], cells).values).toMatchObject([{ value: 't', bad: 1, excess: 1 - 5 }]);
    expect(of(['provider'], []).values).toEqual([]);
  });

  it('holds what is known by itself against all others, and how events went apart from where', () => {
    const found = attributeBad({
      ...{ dimensions: ['region'], randomised: null, valuesMax: 1 },
      cells: [cell(['eu'], 10, 100), cell(['us'], 10, 100)],
      marginals: [
        { dimension: 'attributes.plan', value: 'free', bad: 18, total: 50 },
        { dimension: 'attributes.plan', value: 'paid', bad: 2, total: 150 },
        { dimension: 'attributes.all', value: 'x', bad: 20, total: 200 },
      ],
      outcomes: [{ dimension: 'status', value: 'error', bad: 20, total: 20 }],
    });
    // One value of a dimension is named, and what all have says nothing.
    expect(found.values.map(({ value, method }) => [value, method])).toEqual([
      ['free', 'association'],
      ['eu', 'mix-standardised'],
    ]);
    expect(found.values[0]).toMatchObject({ badShare: 0.9, trafficShare: 0.25, lift: 3.6 });
    expect(found.values[0]!.excess).toBeCloseTo(18 - (50 * 2) / 150, 12);
    expect(found.outcomes).toMatchObject([
      { value: 'error', excess: 20, badShare: 1, method: 'association' },
    ]);
    expect(found.causes).toEqual([]);
  });

  it('calls a cause what was assigned and is shown to fail more often, and nothing else', () => {
    const arm = (value: string, bad: number, total: number) => ({
      ...{ value, seen: total, bad, total, squares: total },
    });
    const causes = (arms: readonly ReturnType<typeof arm>[]): readonly string[] =>
      attributeBad({ ...{ dimensions: [], cells: [], randomised: 'variant', valuesMax: 5 }, arms }).causes;
    expect(causes([arm('a', 10, 1_000), arm('b', 300, 1_000)])).toEqual(['b']);
    expect(causes([arm('a', 10, 1_000), arm('b', 15, 1_000)])).toEqual([]);
    expect(causes([arm('b', 300, 1_000)])).toEqual([]);
    expect(causes([arm('a', 0, 10), arm('b', 9, 10)])).toEqual([]);
  });

  it('has no more bad events than there are, adds up, and knows no order of cells', () => {
    const count = fc.nat(50);
    const anyCell = fc
      .tuple(
        fc.constantFrom('a', 'b', 'c', ''),
        fc.constantFrom('x', 'y'),
        fc.constantFrom('1', '2', '3'),
        count,
        count,
      )
      .map(([a, b, c, first, second]) => cell([a, b, c], Math.min(first, second), Math.max(first, second)));
    const dimensions = ['provider', 'region', 'tenant'];
    fc.assert(
      fc.property(fc.array(anyCell, { maxLength: 30 }), (cells) => {
        const found = of(dimensions, cells);
        for (const one of found.values) {
          expect(one.excess).toBeLessThanOrEqual(one.bad + 1e-9);
          expect(one.excess).toBeGreaterThanOrEqual(one.bad - one.total - 1e-9);
          expect(one.comparedShare).toBeGreaterThanOrEqual(0.5);
        }
        for (const dimension of dimensions) {
          const named = found.values.filter((one) => one.dimension === dimension);
          const unnamed = cells.filter(({ values }) => values[dimensions.indexOf(dimension)] === '');
          const sum = (of: readonly { readonly bad: number }[]): number =>
            of.reduce((all, { bad }) => all + bad, 0);
          if (named.length > 0) expect(sum(named) + sum(unnamed)).toBe(found.bad);
        }
        expect(of(dimensions, [...cells].reverse())).toEqual(found);
      }),
    );
  });
});
