import type { SpecFile } from '../documents/spec-document.ts';
import type { SpecPath } from '../documents/spec-issue.ts';
import { labelsOf } from '../slos/read-slo.ts';
import {
  importDocuments,
  type Imported,
  type ImportReading,
  type ImportedRatio,
  type ImportedSlo,
} from './imported-slo.ts';
import type { ImportMapping } from './matcher-predicate.ts';
import { difference, summedSelector } from './selector.ts';

const SLOTH_VERSION = 'prometheus/v1';
const SLOTH_KIND = 'PrometheusServiceLevel';

/**
 * Sloth's specs (`prometheus/v1`, or a `PrometheusServiceLevel`) as specs of Burnline, with Sloth's tiers. Queries that sum the
 * increase of a counter, or of the bucket of a histogram, become conditions by the mapping that is given; of any other, the place
 * is left to be filled in and reported.
 */
export function importSloth(
  files: readonly SpecFile[],
  { mapping, period }: { readonly mapping: ImportMapping; readonly period: string },
): Imported {
  return importDocuments(files, mapping, (reading) => slosOf(reading, period));
}

function slosOf(reading: ImportReading, period: string): readonly ImportedSlo[] {
  const { document } = reading;
  const base = document.textAt(['kind']) === SLOTH_KIND ? ['spec'] : [];
  if (base.length === 0 && document.textAt(['version']) !== SLOTH_VERSION) {
    reading.refuse(['version'], {
      tool: 'Sloth',
      expected: `version: ${SLOTH_VERSION}, or kind: ${SLOTH_KIND}`,
    });
    return [];
  }
  const service = reading.nameAt([...base, 'service']);
  const list = [...base, 'slos'];
  return Array.from({ length: document.countAt(list) }, (_, index) => {
    const path = [...list, index];
    warnOfDisabled(reading, path);
    return {
      name: reading.nameAt([...path, 'name']),
      service,
      description: document.textAt([...path, 'description']) ?? '',
      labels: { ...labelsOf(document, [...base, 'labels']), ...labelsOf(document, [...path, 'labels']) },
      targetPercent: Number(document.at([...path, 'objective'])),
      period,
      tiers: 'sloth' as const,
      ratio: ratioAt(reading, [...path, 'sli']),
    };
  });
}

function ratioAt(reading: ImportReading, path: SpecPath): ImportedRatio {
  const { document } = reading;
  const [verdict, total] = [
    [...path, 'events', 'error_query'],
    [...path, 'events', 'total_query'],
  ] as const;
  const [errors, all] = [document.textAt(verdict), document.textAt(total)];
  if (errors === undefined || all === undefined) {
    const isRaw = document.at([...path, 'raw']) !== undefined;
    return reading.unknownRatio(
      path,
      isRaw
        ? 'a ratio that a query makes says of no event whether it is bad'
        : 'there is no error_query and total_query',
    );
  }
  const counted = summedSelector(all);
  if (counted === null)
    return reading.unknownRatio(total, 'the query does more than to sum the rate of one counter');
  const bad = summedSelector(errors);
  if (bad !== null) return reading.ratioOf({ verdict, total }, { verdict: 'bad', part: bad, total: counted });
  // All but the good ones: `sum(rate(x_count)) - sum(rate(x_bucket))`.
  const good = difference(errors)?.map(summedSelector)[1];
  if (good) return reading.ratioOf({ verdict, total }, { verdict: 'good', part: good, total: counted });
  return reading.unknownRatio(verdict, 'the query does more than to sum the rate of one counter');
}

/** An alert that Sloth is told to leave out: the preset has both. */
function warnOfDisabled({ document, warnings }: ImportReading, path: SpecPath): void {
  for (const alert of ['page_alert', 'ticket_alert']) {
    const place = [...path, 'alerting', alert, 'disable'];
    if (document.at(place) !== true) continue;
    warnings.push(
      document.issue(place, {
        expected: 'alertPolicies that leave it out',
        message: `${alert} is disabled here, and the tiers of the preset have it.`,
        remedy:
          'Write alertPolicies with the tiers that are wanted; burnline export openslo writes out all of them.',
      }),
    );
  }
}
