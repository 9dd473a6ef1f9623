export { askGate } from './governing/gate.ts';
export type { KeptGateAnswer } from './governing/gate.ts';
export { actOnIncident } from './incidents/act-on-incident.ts';
export { MIGRATE_VARIABLES } from './migrate/migrate-variables.ts';
export { openReplay } from './replay/reader/index.ts';
export type {
  BadRow,
  BadRowPolicy,
  OpenReplayOptions,
  ReplayErrorCode,
  ReplayProgress,
  ReplayRecord,
  ReplaySource,
} from './replay/reader/index.ts';
export { makeReport } from './reporting/make-report.ts';
