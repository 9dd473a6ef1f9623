import type { CommandContext } from './command-context.ts';

type AddCommand = (context: CommandContext) => void;

/** Each command's module is loaded when its name is given: what one needs, the others do not wait for. In the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  up: async () => (await import('./up.ts')).addUp,
  demo: async () => (await import('./demo.ts')).addDemo,
  replay: async () => (await import('./replay.ts')).addReplay,
  validate: async () => (await import('./validate.ts')).addValidate,
  backtest: async () => (await import('./backtest.ts')).addBacktest,
  suggest: async () => (await import('./suggest.ts')).addSuggest,
  init: async () => (await import('./init.ts')).addInit,
  schema: async () => (await import('./schema.ts')).addSchema,
  export: async () => (await import('./export.ts')).addExport,
  import: async () => (await import('./import.ts')).addImport,
  status: async () => (await import('./status.ts')).addStatus,
  service: async () => (await import('./service.ts')).addService,
  capacity: async () => (await import('./capacity.ts')).addCapacity,
  compare: async () => (await import('./compare.ts')).addCompare,
  explain: async () => (await import('./explain.ts')).addExplain,
  gate: async () => (await import('./gate.ts')).addGate,
  override: async () => (await import('./override.ts')).addOverrideCommand,
  alerts: async () => (await import('./alerts.ts')).addAlerts,
  incidents: async () => (await import('./incidents.ts')).addIncidents,
  postmortem: async () => (await import('./incidents.ts')).addPostmortem,
  notify: async () => (await import('./notify.ts')).addNotify,
  report: async () => (await import('./report.ts')).addReport,
  periods: async () => (await import('./periods.ts')).addPeriods,
  adjust: async () => (await import('./adjust.ts')).addAdjust,
  silence: async () => (await import('./silence.ts')).addSilenceCommand,
  erase: async () => (await import('./erase.ts')).addErase,
  query: async () => (await import('./query.ts')).addQuery,
  migrate: async () => (await import('./migrate.ts')).addMigrate,
  'dead-letters': async () => (await import('./dead-letters.ts')).addDeadLetters,
  recover: async () => (await import('./recover.ts')).addRecover,
  drill: async () => (await import('./drill.ts')).addDrill,
  prices: async () => (await import('./prices.ts')).addPrices,
  'intake-key': async () => (await import('./intake-key.ts')).addIntakeKey,
  'write-key': async () => (await import('./write-key.ts')).addWriteKey,
  'read-key': async () => (await import('./read-key.ts')).addReadKey,
};

/** Adds the command that is named; all of them where none is, for the help and for what names come near. */
export async function addCommands(context: CommandContext, argv: readonly string[]): Promise<void> {
  const name = argv.find((argument) => !argument.startsWith('-')) ?? '';
  const named = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const loads = named === undefined ? Object.values(COMMANDS) : [named];
  for (const add of await Promise.all(loads.map((load) => load()))) add(context);
}
