import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBurnRate, formatLabels, formatPercent, formatTarget } from './format.ts';
import { cut, shown, shownLines, widthOf } from './shown.ts';
import { tableText } from './table.ts';

describe('figures', () => {
  it.each([
    [0.9995, 1, '99.95 %'],
    [0.99999, 2, '99.999 %'],
    [1, 2, '100.00 %'],
    [0, 2, '0.00 %'],
    [0.00001, 2, '0.001 %'],
    [-0.0004, 1, '-0.04 %'],
    [-0.99999, 1, '-99.999 %'],
    [0.95, 2, '95.00 %'],
    [0.07, 2, '7.00 %'],
    [1 - 2 ** -50, 2, 'just under 100 %'],
  ])('%d with %d digits is %s', (ratio, digits, text) => {
    expect(formatPercent(ratio, digits)).toBe(text);
  });

  it('never reach a boundary that is not reached', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 3 }),
        (ratio, digits) => {
          const text = formatPercent(ratio, digits);
          if (ratio < 1 - 1e-15) expect(text).not.toMatch(/^100(\.0*)? %$/);
          if (ratio > 0) expect(text).not.toMatch(/^-?0(\.0*)? %$/);
        },
      ),
    );
  });

  it('of targets have every digit', () => {
    expect([0.99, 0.9995, 0.99999, 0.925, 0.8].map(formatTarget)).toEqual([
      '99.0 %',
      '99.95 %',
      '99.999 %',
      '92.5 %',
      '80.0 %',
    ]);
  });

  it('of burn rates do not round to a factor that is not reached', () => {
    expect([0.9999, 1, 13.99, 13.44, 0, 0.001].map(formatBurnRate)).toEqual([
      '0.9999x',
      '1.00x',
      '13.99x',
      '13.4x',
      '0.00x',
      '0.001x',
    ]);
  });
});

describe('texts from outside', () => {
  it('cannot steer a terminal', () => {
    const hostile = 'a\u001b[2Jb\u0007c\rd\u009b31me\u202ef\u2066g\u061ch\u0000\u007f\ud800i';
    const escaped = shown(hostile);
    expect(escaped).toBe(String.raw`a\e[2Jb\x07c\rd\x9b31me\u202ef\u2066g\u061ch\x00\x7f\ud800i`);
    expect(shown('héllo 日本語 👍🏽')).toBe('héllo 日本語 👍🏽');
    expect(shownLines('a\nb\tc')).toBe(String.raw`a
b\tc`);
  });

  it('have no control left, whatever they are, and keep what is none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // Nothing below blank, no C1, no bidi control.
        const codes = Array.from(shown(text), (character) => character.codePointAt(0) ?? 0);
        const obeyed = codes.filter(
          (code) =>
            code < 0x20 ||
            (code >= 0x7f && code < 0xa0) ||
            (code >= 0x202a && code <= 0x202e) ||
            (code >= 0x2066 && code <= 0x2069),
        );
        expect(obeyed).toEqual([]);
      }),
    );
  });

  it('are cut to columns, wide characters counted as two', () => {
    expect(widthOf('日本語')).toBe(6);
    expect(cut('日本語日本語', 9)).toBe('日本語...');
    expect(cut('short', 9)).toBe('short');
    expect(widthOf(cut('字'.repeat(65_536), 40))).toBeLessThanOrEqual(40);
    expect(formatLabels({ model: 'x'.repeat(65_536), region: 'eu' }).length).toBeLessThan(64);
  });
});

describe('tables', () => {
  const content = {
    head: ['SLO', 'series', 'target', 'left', 'state'],
    rows: [
      ['chat-availability', 'provider=日本語 region=eu-west-1', '99.9 %', '12.0 %', 'ok'],
      ['chat', `tenant=${'long'.repeat(20_000)}\u001b[31m`, '99.95 %', '-8990.0 %', 'breached'],
    ],
    optional: ['target', 'left'],
  };
  const widest = (text: string) => Math.max(...text.split('\n').map(widthOf));

  it.each([40, 60, 80, 120])('of %d columns never have a longer line', (columns) => {
    const text = tableText(content, columns);
    expect(widest(text)).toBeLessThanOrEqual(columns);
    expect(text).not.toContain('\u001b');
    for (const cell of ['chat', 'ok', 'breached']) expect(text).toContain(cell);
  });

  it('have every column where there is room, in line by width', () => {
    const lines = tableText({ ...content, rows: [content.rows[0] ?? []] }, Infinity).split('\n');
    expect(lines).toEqual([
      'SLO               series                           target left   state',
      'chat-availability provider=日本語 region=eu-west-1 99.9 % 12.0 % ok',
    ]);
  });

  it('leave out what may be, and say so', () => {
    const row = ['chat', 'provider=openai', '99.9 %', '12.0 %', 'ok'];
    expect(tableText({ ...content, rows: [row] }, 36)).toBe(
      'SLO  series          left   state\nchat provider=openai 12.0 % ok\nno room for: target',
    );
    expect(tableText({ ...content, rows: [row] }, 24)).toBe(
      'SLO    chat\nseries provider=openai\ntarget 99.9 %\nleft   12.0 %\nstate  ok',
    );
  });
});
