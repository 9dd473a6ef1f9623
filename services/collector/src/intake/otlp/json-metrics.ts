import type { JsonWalk } from '../../records/json-walk.ts';
import { eachMember, elementsOf, jsonCodec } from './json-parts.ts';

const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'];

/** ExportMetricsServiceRequest: of each metric the number of its points. */
export const JSON_METRICS = jsonCodec(
  { resources: 'resourceMetrics', scopes: 'scopeMetrics', items: 'metrics' },
  countPoints,
);

function countPoints(walk: JsonWalk): number {
  let count = 0;
  const dataPoints = (): void => {
    for (const element of elementsOf(walk)) {
      element.skip();
      count += 1;
    }
  };
  eachMember(
    walk,
    Object.fromEntries(
      KINDS.map((kind) => [
        kind,
        () => {
          eachMember(walk, { dataPoints });
        },
      ]),
    ),
  );
  return count;
}
