import { AppError } from '@burnline/core';
import { expect, it } from 'vitest';
import { OffsetsWork, Rig } from './model/rig.ts';
import { withConsumer } from './model/with-consumer.ts';

/** Decode, durable write of rows and then watermarks, commit: each step fails in turn. */
it.each(['decode', 'write', 'watermark', 'commit'] as const)(
  'what fails for good at the %s happens to no later step, and the next start does it all',
  async (failing) => {
    const broken = new AppError('BROKEN', 'for good', { outcome: 'halt' });
    const failAt = (step: string): void => {
      if (step === failing) throw broken;
    };
    const rig = new Rig();
    await rig.open();
    const work = new OffsetsWork();
    const { open } = work;
    work.open = async (assigned, epoch) => {
      const inner = await open(assigned, epoch);
      const apply = inner.apply.bind(inner);
      inner.apply = (message) => {
        failAt('decode');
        return apply(message);
      };
      return inner;
    };
    work.onWrite = () => {
      failAt('write');
    };
    rig.store.onInsert = (table) => {
      if (table === 'watermarks') failAt('watermark');
    };
    const log = withConsumer(rig.log, (consumer) => ({
      commit: (positions) => {
        if (positions.some(({ offset }) => offset > 0)) failAt('commit');
        return consumer.commit(positions);
      },
    }));
    await rig.append(['a', 'b']);
    const worker = rig.start(work, { log });
    await rig.time.pass(2_000);
    expect(worker.outcome).toBe(broken);
    const reached = ['decode', 'write', 'watermark', 'commit'].indexOf(failing);
    expect(work.written).toEqual(reached > 0 ? [[0, 1]] : []);
    expect(rig.store.watermarks.has('sink|0')).toBe(reached > 2);
    expect(await rig.committed()).toBe(0);
    rig.store.onInsert = () => undefined;
    const heirsWork = new OffsetsWork();
    const heir = rig.start(heirsWork);
    await rig.time.pass(2_000);
    expect(heir.outcome).toBeNull();
    expect(heirsWork.written).toEqual([[0, 1]]);
    expect(await rig.committed()).toBe(2);
  },
);
