import { BYTES, eachField, eachFieldInside, protobufCodec, tag, type Reader } from './protobuf-parts.ts';

/** Gauge, sum, histogram, exponential histogram and summary; the points of each are its first field. */
const KINDS: ReadonlySet<number> = new Set([5, 7, 9, 10, 11].map((field) => tag(field, BYTES)));
const POINT = tag(1, BYTES);

/** ExportMetricsServiceRequest: of each metric the number of its points. */
export const PROTOBUF_METRICS = protobufCodec(countPoints);

function countPoints(reader: Reader): number {
  let count = 0;
  eachField(reader, (at) => {
    if (!KINDS.has(at)) return false;
    eachFieldInside(reader, (point) => {
      if (point === POINT) count += 1;
      return false;
    });
    return true;
  });
  return count;
}
