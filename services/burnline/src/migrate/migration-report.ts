import type { TopicDifference } from '@burnline/runtime';
import type { Output } from '../output/output.ts';
import type { MigrateConfig, MigrationPlan } from './migration-plan.ts';

/** One thing that is missing, or was made. */
interface Item {
  readonly kind: 'database' | 'table migration' | 'topic' | 'schema' | 'compatibility rule' | 'epoch';
  readonly name: string;
  readonly detail: string;
}

export interface MigrationReport {
  readonly stream: string;
  /** False: what was there is what this version needs. */
  readonly isAnythingToDo: boolean;
  /** With `--check` what would be made, else what was. */
  readonly made: readonly Item[];
  readonly drift: readonly TopicDifference[];
}

export function reportOf(plan: MigrationPlan, config: MigrateConfig): MigrationReport {
  const made = [
    ...(plan.isDatabaseMissing
      ? [{ kind: 'database' as const, name: config.CLICKHOUSE_DATABASE, detail: '' }]
      : []),
    ...plan.pending.map(({ version, name }) => ({
      kind: 'table migration' as const,
      name: `${String(version).padStart(4, '0')}_${name}`,
      detail: '',
    })),
    ...plan.topics.missing.map(({ name, partitionCount }) => ({
      kind: 'topic' as const,
      name,
      detail: `${partitionCount} partition${partitionCount === 1 ? '' : 's'}, ${config.KAFKA_REPLICATION_FACTOR} replica${config.KAFKA_REPLICATION_FACTOR === 1 ? '' : 's'}`,
    })),
    ...(plan.schemas?.missing ?? []).map(({ subject, tableId }) => ({
      kind: 'schema' as const,
      name: subject,
      detail: `schema ${tableId} of the table`,
    })),
    ...(plan.schemas?.unguarded ?? []).map(({ subject, found }) => ({
      kind: 'compatibility rule' as const,
      name: subject,
      detail: `BACKWARD${found === null ? '' : `, was ${found}`}`,
    })),
    ...plan.epochsMissing.map((topic) => ({ kind: 'epoch' as const, name: topic, detail: '' })),
  ];
  const drift = plan.topics.differences;
  return {
    stream: plan.stream.name,
    isAnythingToDo: made.length > 0 || drift.some(({ action }) => action === 'grow'),
    made,
    drift,
  };
}

export function printReport(report: MigrationReport, output: Output, isCheck: boolean): void {
  output.json(report);
  if (report.made.length > 0) {
    const rows = report.made.map(({ kind, name, detail }) => [
      isCheck ? 'missing' : 'made',
      kind,
      name,
      detail,
    ]);
    output.table(['', '', '', ''], rows);
  }
  if (report.drift.length > 0) printDrift(report.drift, output, isCheck);
  if (!report.isAnythingToDo) output.line('Nothing is to be done.');
}

function printDrift(drift: readonly TopicDifference[], output: Output, isCheck: boolean): void {
  output.line('Topics that differ:');
  output.table(
    ['topic', 'setting', 'wanted', 'found', ''],
    drift.map(({ topic, setting, wanted, found, action }) => [
      topic,
      setting,
      wanted,
      found,
      action === 'keep' ? 'kept' : isCheck ? 'to be changed' : 'changed',
    ]),
  );
  const kept = drift.filter(({ action }) => action === 'keep');
  for (const { topic, setting, reason } of kept) output.line(`${topic} ${setting}: ${reason}`);
}
