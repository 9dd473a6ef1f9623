import { loadSpecs } from '@burnline/specs';

const conditionText = (condition) => {
  const { field } = condition;
  if ('present' in condition) return `has(${field})`;
  if ('atMost' in condition) return `${field} <= ${condition.atMost}`;
  return typeof condition.is === 'string' ? `${field} == '${condition.is}'` : `${field} == ${condition.is}`;
};

/** Where an event lacks what is compared, it is left out of `total`, or bad: the peers' rule, said with has(). */
const whereText = (conditions) =>
  conditions
    .flatMap((condition) =>
      condition.field === 'ttft_ms' && 'atMost' in condition
        ? ['has(ttft_ms)', conditionText(condition)]
        : [conditionText(condition)],
    )
    .join(' && ') || 'true';

const SERVICE = 'apiVersion: openslo/v1\nkind: Service\nmetadata: { name: checkout }\nspec: {}\n';

const TARGET = `---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: { name: on-call }
spec: { target: webhook }
`;

const sloText = ({ name, total, good, grouping = '', policies = '' }) => `---
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: checkout
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "${good}" } } }
        total: { metricSource: { type: burnline, spec: { where: "${total}"${grouping} } } }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ displayName: ok, target: 0.99 }]
${policies}`;

export function plansOf(text) {
  const { plans, issues } = loadSpecs([{ file: 'bench.yaml', text }], { mode: 'tolerant' });
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  return plans;
}

/** The peers' SLOs as plans, as they are grouped; or, with a number of tenants, all of them by tenant. */
export function plansOfPeerSlos(slos, tenantCount) {
  const groupOf = (byProvider) => {
    if (tenantCount !== undefined) return `, by: [tenant], seriesMax: ${tenantCount}`;
    return byProvider ? ', by: [provider]' : '';
  };
  return plansOf(
    SERVICE +
      slos
        .map(({ name, total, good, byProvider }) =>
          sloText({ name, total: whereText(total), good: whereText(good), grouping: groupOf(byProvider) }),
        )
        .join(''),
  );
}

/** One SLO for each tenant: 10 % of bad events over 12 minutes and over the last one page. */
export const ALERT_RULE = { target: 0.99, factor: 10 };
export function alertSpecText(tenants) {
  const policies = `  alertPolicies:
    - kind: AlertPolicy
      metadata: { name: quick }
      spec:
        notificationTargets: [{ targetRef: on-call }]
        conditions:
          - kind: AlertCondition
            metadata: { name: quick }
            spec:
              severity: page
              condition: { kind: burnrate, op: gte, threshold: ${ALERT_RULE.factor}, lookbackWindow: 12m }
`;
  return (
    SERVICE +
    TARGET +
    tenants
      .map((tenant) =>
        sloText({ name: tenant, total: `tenant == '${tenant}'`, good: "status == 'ok'", policies }),
      )
      .join('')
  );
}
