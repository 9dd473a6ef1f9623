import type { SpecDocument } from '../documents/spec-document.ts';
import type { SpecContext } from '../documents/spec-context.ts';
import { showValue, type SpecPath } from '../documents/spec-issue.ts';

/** The target of a notification target that means what is done where it names no receivers: alerts go to all of them. */
const WEBHOOK_TARGET = 'webhook';
/** What names receivers, whatever the target is called. */
const RECEIVERS_KEY = 'burnline.dev/receivers';

/** Values of an alert policy that ask for what is not done. */
const POLICY_VALUES_WITHOUT_EFFECT = [
  {
    field: 'alertWhenNoData',
    value: true,
    instead: 'missing data lowers coverage and keeps alerts from resolving',
  },
  { field: 'alertWhenResolved', value: false, instead: "an alert's end is always sent" },
  { field: 'alertWhenBreaching', value: false, instead: "an alert's beginning is always sent" },
] as const;

/** Warns of values of an alert policy that change nothing; strict mode refuses them. */
export function checkPolicyEffects(context: SpecContext, document: SpecDocument, base: SpecPath): void {
  for (const { field, value, instead } of POLICY_VALUES_WITHOUT_EFFECT) {
    const path = [...base, field];
    if (document.at(path) !== value) continue;
    context.reportIfStrict(document, path, {
      expected: `${String(!value)}, or no ${field}`,
      message: `${field}: ${String(value)} has no effect: ${instead}.`,
      remedy: 'Remove it.',
    });
  }
}

/** The same for where a notification goes. */
export function checkTargetEffects(context: SpecContext, document: SpecDocument, base: SpecPath): void {
  const path = [...base, 'target'];
  const target = document.textAt(path);
  const receivers = [...base.slice(0, -1), 'metadata', 'annotations', RECEIVERS_KEY];
  if (target === undefined || target === WEBHOOK_TARGET || document.at(receivers) !== undefined) return;
  context.reportIfStrict(document, path, {
    expected: WEBHOOK_TARGET,
    message: `The target ${showValue(target)} has no effect: it names no receiver, and its alerts go to whoever hears of everything.`,
    remedy: `Name receivers, as annotations: { ${RECEIVERS_KEY}: NAME }, or write target: ${WEBHOOK_TARGET}.`,
  });
}

/** The same for how a data source is reached. */
export function checkConnectionEffects(context: SpecContext, document: SpecDocument): void {
  const path = ['spec', 'connectionDetails'];
  const details = document.at(path);
  if (typeof details !== 'object' || details === null || Object.keys(details).length === 0) return;
  context.reportIfStrict(document, path, {
    expected: '{}',
    message: 'connectionDetails have no effect: events come through the intake.',
    remedy: 'Write connectionDetails: {}.',
  });
}
