import type { SpecFile } from '../documents/spec-document.ts';
import type { SpecPath } from '../documents/spec-issue.ts';
import {
  importDocuments,
  type Imported,
  type ImportReading,
  type ImportedRatio,
  type ImportedSlo,
} from './imported-slo.ts';
import type { ImportMapping } from './matcher-predicate.ts';
import { parseSelector } from './selector.ts';

const PYRRA_VERSION = 'pyrra.dev/v1alpha1';
const PYRRA_KIND = 'ServiceLevelObjective';

/** What tells good from bad in Pyrra's indicators of two metrics. */
const PAIRS = [
  { kind: 'ratio', part: 'errors', verdict: 'bad' },
  { kind: 'latency', part: 'success', verdict: 'good' },
] as const;

/**
 * Pyrra's objectives (`pyrra.dev/v1alpha1`) as specs of Burnline, with Pyrra's tiers. Selectors become conditions by the mapping
 * that is given; where one cannot, the place is left to be filled in and reported.
 */
export function importPyrra(
  files: readonly SpecFile[],
  { mapping, service }: { readonly mapping: ImportMapping; readonly service: string },
): Imported {
  return importDocuments(files, mapping, (reading) => sloOf(reading, service));
}

function sloOf(reading: ImportReading, service: string): readonly ImportedSlo[] {
  const { document } = reading;
  if (document.textAt(['apiVersion']) !== PYRRA_VERSION || document.textAt(['kind']) !== PYRRA_KIND) {
    reading.refuse(['apiVersion'], {
      tool: 'Pyrra',
      expected: `apiVersion: ${PYRRA_VERSION}, kind: ${PYRRA_KIND}`,
    });
    return [];
  }
  warnOfDisabled(reading);
  return [
    {
      name: reading.nameAt(['metadata', 'name']),
      service,
      description: document.textAt(['spec', 'description']) ?? '',
      labels: {},
      targetPercent: Number(document.at(['spec', 'target'])),
      period: document.textAt(['spec', 'window']) ?? '28d',
      tiers: 'pyrra',
      ratio: ratioOf(reading),
    },
  ];
}

function ratioOf(reading: ImportReading): ImportedRatio {
  const { document } = reading;
  const base = ['spec', 'indicator'];
  for (const { kind, part, verdict } of PAIRS) {
    if (document.at([...base, kind]) === undefined) continue;
    const paths = { verdict: [...base, kind, part, 'metric'], total: [...base, kind, 'total', 'metric'] };
    const [told, total] = [paths.verdict, paths.total].map((path) =>
      parseSelector(document.textAt(path) ?? ''),
    );
    if (!told || !total)
      return reading.unknownRatio([...base, kind], 'a metric is no selector of one metric');
    return {
      ...reading.ratioOf(paths, { verdict, part: told, total }),
      by: groupingOf(reading, [...base, kind]),
    };
  }
  if (document.at([...base, 'latencyNative']) !== undefined)
    return nativeLatency(reading, [...base, 'latencyNative']);
  return reading.unknownRatio(base, 'only ratio, latency and latencyNative can be said of events');
}

const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** A native histogram has no buckets to name: the bound stands beside it. */
function nativeLatency(reading: ImportReading, path: SpecPath): ImportedRatio {
  const { document } = reading;
  const [latency, total] = [
    [...path, 'latency'],
    [...path, 'total', 'metric'],
  ] as const;
  const selector = parseSelector(document.textAt(total) ?? '');
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(document.textAt(latency) ?? '') ?? [];
  if (selector === null || digits === undefined)
    return reading.unknownRatio(path, 'its metric or its latency cannot be read');
  const seconds = (Number(digits) * (DURATION_MS[unit] ?? 1)) / 1_000;
  return {
    verdict: 'good',
    where: reading.boundOf(latency, { base: selector.metric, bound: String(seconds) }),
    scope: reading.scopeOf(total, selector),
    by: groupingOf(reading, path),
  };
}

function groupingOf(reading: ImportReading, path: SpecPath): readonly string[] {
  const labels = reading.document.at([...path, 'grouping']);
  return Array.isArray(labels) ? reading.dimensionsOf([...path, 'grouping'], labels.map(String)) : [];
}

function warnOfDisabled({ document, warnings }: ImportReading): void {
  const path = ['spec', 'alerting', 'disabled'];
  if (document.at(path) !== true) return;
  warnings.push(
    document.issue(path, {
      expected: 'an SLO that nobody is told of',
      message: 'Alerts are disabled here, and every SLO has some.',
      remedy: 'Send them to a receiver that nobody is woken by.',
    }),
  );
}
