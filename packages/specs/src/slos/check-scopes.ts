import { fieldsOf, type SliPlan, type SloPlan } from '@burnline/core';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import { predicateText } from '../predicates/meaning/predicate-text.ts';
import { ANNOTATION_PREFIX, EVENTS_OF, annotationWord } from './spec-annotations.ts';

interface ReadSlo {
  readonly document: SpecDocument;
  readonly plans: readonly SloPlan[];
}

/** Whether the service of an event plays a part in what counts, or each has a series of its own. A composite counts by its parts. */
const looksAtService = ({ composite, scope, total, groupBy }: SliPlan): boolean =>
  composite !== undefined ||
  groupBy.dimensions.includes('service') ||
  fieldsOf([scope, total].filter((node) => node !== null)).includes('service');

/**
 * Warns of SLOs that belong to a service and count the events of all: `service` says whom an SLO belongs to and filters nothing, which
 * only shows once there are several. Who means it says so in an annotation.
 */
export function warnOfScopes(context: SpecContext, read: readonly ReadSlo[]): void {
  const services = new Set(read.flatMap(({ plans }) => plans.map(({ service }) => service)));
  if (services.size < 2) return;
  for (const { document, plans } of read) {
    const wide = plans.find(({ sli }) => !looksAtService(sli));
    if (wide === undefined || annotationWord(document, 'events-of', EVENTS_OF) !== undefined) continue;
    const { service, sli } = wide;
    const own = `service == '${service}'`;
    const scope = sli.scope === null ? null : predicateText(sli.scope);
    context.warn(document, ['spec', 'service'], {
      expected: `a condition on service, such as ${own}`,
      found: scope === null ? 'no scope' : `scope: ${scope}`,
      message: `${wide.slo} belongs to ${service} and counts events of every service: spec.service filters nothing.`,
      remedy: `Write scope: "${scope === null ? own : `${own} && ${scope.includes('||') ? `(${scope})` : scope}`}" where its SLI says what counts, or ${ANNOTATION_PREFIX}events-of: all-services if it is meant to.`,
    });
  }
}
