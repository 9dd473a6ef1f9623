import type { BackfillJob } from '@burnline/judging';
import type { Process, World } from './faulty-ports.ts';
import type { ArchiveRow } from './memory-seal-tables.ts';
import { ruleOf, type Counts } from './slos.ts';
import { ZERO, plus, type Truth } from './truth.ts';

/**
 * The rollout's backfill over the raw rows that the table holds: what the sink has not written is not counted. As the SQL
 * form does it: rows of a run that broke off go first, rows of this run come in parts, and what makes them visible is last.
 */
export async function backfillFromRaw(
  parts: { readonly process: Process; readonly world: World; readonly truth: Truth },
  { stream, plan, begins }: BackfillJob,
): Promise<void> {
  const { process, world, truth } = parts;
  const { tables, sealTables } = world;
  const { slo, specRev } = plan.sli;
  await process.delay([0, 30]);
  if (tables.specs.backfilled.has(specRev)) return;
  sealTables.archiveRows.remove((row) => row.sourceKind === 'backfill' && row.specRev === specRev);
  for (const epoch of stream.epochs) {
    const sums = new Map<string, Counts>();
    for (const { partition, offset: begin } of begins.filter((one) => one.streamEpoch === epoch.epoch)) {
      truth
        .of(epoch.topic, partition)
        .raw.slice(0, begin)
        .forEach((records, offset) => {
          records.forEach((record, index) => {
            if (!tables.hasRaw({ topic: epoch.topic, partition, offset, index })) return;
            for (const [key, counts] of record.adds)
              if (key.startsWith(`${ruleOf(specRev).plan.specRev}|`))
                sums.set(key, plus(sums.get(key) ?? ZERO, counts));
          });
        });
    }
    const source = { stream: stream.name, epoch: epoch.epoch, slo, specRev };
    for (const row of process.random.shuffled(
      [...sums].map(([key, counts]) => archiveRow(source, key, counts)),
    )) {
      await process.delay([0, 0, 0, 20]);
      sealTables.archiveRows.insert(row);
      if (row.series !== '')
        tables.apply('series', { spec_rev: specRev, series: row.series, labels: { evaluator: row.series } });
      if (world.isFaulty && process.random.chance(0.02)) return process.die();
    }
  }
  await process.store.insertRows('backfills', [{ stream: stream.name, slo, spec_rev: specRev }]);
}

function archiveRow(
  source: Pick<ArchiveRow, 'stream' | 'epoch' | 'slo' | 'specRev'>,
  key: string,
  counts: Counts,
): ArchiveRow {
  const [, group = '', pane = ''] = /\|(.*)@(\d+)$/.exec(key) ?? [];
  const paneMs = Number(pane) * 1_000;
  const [good, total, excluded, outputTokens, zeroCount] = counts;
  return {
    ...source,
    series: group,
    level: 'pane',
    bucketMs: paneMs,
    firstPaneMs: paneMs,
    sourceKind: 'backfill',
    sourceMs: 0,
    version: 1,
    keptSinceMs: 0,
    good,
    total,
    excluded,
    zeroCount,
    sums: { output_tokens: outputTokens },
    histogram: {},
  };
}
