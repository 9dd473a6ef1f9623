import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceSilence, type SourceLife } from './source-silence.ts';

const life = (firstHeardMs: number, lastHeardMs: number, over: Partial<SourceLife> = {}): SourceLife => ({
  environment: 'prod',
  firstHeardMs: firstHeardMs * 1_000,
  lastHeardMs: lastHeardMs * 1_000,
  isStopped: false,
  hasFed: true,
  ...over,
});
const at = (lives: readonly SourceLife[], second: number) => sourceSilence(lives, second * 1_000);
const nothing = { isAlive: false, stoppedAtMs: null, lostAtMs: null, followedAtMs: null };

describe('sourceSilence', () => {
  it('knows one that lives, one that stopped and one that was lost', () => {
    expect(at([], 100)).toEqual(nothing);
    expect(at([life(0, 90)], 100)).toEqual({ ...nothing, isAlive: true });
    expect(at([life(0, 90)], 120)).toEqual({ ...nothing, lostAtMs: 90_000 });
    expect(at([life(0, 90, { isStopped: true })], 500)).toEqual({ ...nothing, stoppedAtMs: 90_000 });
    // However long ago.
    expect(at([life(0, 90)], 2_000_000)).toEqual({ ...nothing, lostAtMs: 90_000 });
  });

  it('takes no notice of the loss of one that never fed anything', () => {
    expect(at([life(0, 90, { hasFed: false })], 500)).toEqual(nothing);
  });

  it('takes one that begins after it, under whatever name, for the return of one that was lost', () => {
    expect(at([life(0, 90), life(110, 200)], 200)).toEqual({
      ...nothing,
      isAlive: true,
      followedAtMs: 90_000,
    });
    const before = at([life(0, 90), life(50, 200)], 200);
    expect(before).toEqual({ ...nothing, isAlive: true, lostAtMs: 90_000 });
    const elsewhere = at([life(0, 90), life(110, 200, { environment: 'staging' })], 200);
    expect(elsewhere.lostAtMs).toBe(90_000);
  });

  it('knows how many of them are missing still', () => {
    const two = [life(0, 90), life(0, 95)];
    expect(at([...two, life(110, 200)], 200)).toMatchObject({ followedAtMs: 90_000, lostAtMs: 95_000 });
    const back = [...two, life(110, 200), life(111, 200)];
    expect(at(back, 200)).toMatchObject({ followedAtMs: 95_000, lostAtMs: null });
    // A process that dies again and again is one.
    const crashing = [life(0, 90), life(100, 130), life(140, 180), life(190, 300)];
    expect(at(crashing, 300)).toMatchObject({ isAlive: true, lostAtMs: null });
  });

  it('whatever the order, leaves as many lost as have no follower', () => {
    const anyLife = fc
      .record({ first: fc.nat(50), length: fc.nat(50), isStopped: fc.boolean(), hasFed: fc.boolean() })
      .map(({ first, length, ...over }) => life(first, first + length, over));
    fc.assert(
      fc.property(fc.array(anyLife, { maxLength: 8 }), fc.nat(150), (lives, second) => {
        const silence = at(lives, second);
        expect(at([...lives].reverse(), second)).toEqual(silence);
        const lost = lives.filter(
          (one) => !one.isStopped && one.hasFed && one.lastHeardMs <= (second - 30) * 1_000,
        );
        const newest = Math.max(...lost.map((one) => one.lastHeardMs));
        const told = [silence.lostAtMs, silence.followedAtMs].flatMap((one) => (one === null ? [] : [one]));
        expect(Math.max(...told)).toBe(lost.length === 0 ? -Infinity : newest);
      }),
    );
  });
});
