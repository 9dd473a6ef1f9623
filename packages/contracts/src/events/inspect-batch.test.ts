import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatchDecoder } from './batch-decoder.ts';
import { createBatchEncoder } from './batch-encoder.ts';
import { inspectBatch } from './inspect-batch.ts';
import { loadPackageSchemas } from './schema-source.ts';

const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);

function reports(instances: readonly string[]): Uint8Array {
  const encoder = createBatchEncoder({ kind: 'report', schemas });
  for (const instance of instances) {
    encoder.append({
      instance,
      service: 's',
      environment: 'e',
      interval_start: 0,
      interval_end: 1,
      is_final: false,
      emitted_count: 1,
      acknowledged_count: 1,
      retried_count: 0,
      dropped_by_reason: {},
    });
  }
  return encoder.finish();
}

const instancesOf = (records: readonly unknown[]): unknown[] =>
  records.map((record) => (record as { instance: string }).instance);

describe('inspecting a message', () => {
  it('shows the records before the fault, and finds a fault exactly where the decoder does', () => {
    const instances = ['a', 'b', 'c', 'd'];
    const whole = reports(instances);
    const { ends } = decoder.walkBatch(whole);
    for (let length = 0; length < whole.length; length += 1) {
      const found = inspectBatch(whole.subarray(0, length), schemas);
      const readable = ends.filter((end) => end <= length).length;
      expect(instancesOf(found.records)).toEqual(instances.slice(0, readable));
      expect(found.fault).not.toBeNull();
    }
    const found = inspectBatch(whole, schemas);
    expect(found).toMatchObject({ kind: 'report', readBytes: whole.length, fault: null });
    expect(instancesOf(found.records)).toEqual(instances);
  });

  it('says whatever bytes it is given that they are whole if and only if they decode', () => {
    const whole = reports(['a', 'b']);
    const mutated = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 3 })
      .map((changes) => {
        const bytes = whole.slice();
        for (const [index, byte] of changes) bytes[index] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), mutated), (bytes) => {
        let isWhole = true;
        try {
          decoder.decodeBatch(bytes);
        } catch {
          isWhole = false;
        }
        expect(inspectBatch(bytes, schemas).fault === null).toBe(isWhole);
      }),
    );
  });
});
