import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Alerts, Cost, Services } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { budgetText, STAR_NOTE } from '../../parts/budget-text.ts';
import { formatCount, formatInstant, formatPercent, formatUsd } from '../../parts/format.ts';
import { Labels } from '../../parts/labels.tsx';
import { alertLink, overviewLink, sloLink } from '../../parts/links.ts';
import { Page, Section } from '../../parts/page.tsx';
import { Badge, SeverityBadge, StateBadge, STATE_WORDS } from '../../parts/state-badge.tsx';
import { useWindow, WindowBar } from '../../parts/use-window.tsx';

const INCIDENTS_MAX = 10;
/** Who reads one page a week reads no more. */
const PRODUCTS_MAX = 100;
const MONTH_MS = 28 * 86_400_000;
type Service = Services['services'][number];

/** For those who read one page a week: each product in words and one figure, what was spent, what went wrong. */
export function SummaryPage(): ReactNode {
  const shown = useWindow(MONTH_MS);
  const isAsked = shown !== null;
  const services = useAnswer<Services>(
    'services',
    { stream: shown?.stream, limit: PRODUCTS_MAX },
    { isAsked },
  );
  const range = { stream: shown?.stream, from: shown?.fromMs, to: shown?.toMs };
  const cost = useAnswer<Cost>('cost', { by: 'service', ...range }, { isAsked });
  const alerts = useAnswer<Alerts>('alerts', { ...range, limit: 100 }, { isAsked });
  return (
    <Page
      title="Executive summary"
      asOf={services.data?.about}
      about="How each product keeps what it promises, what it costs, and what went wrong."
    >
      <div className="filters">
        <span className="grow" />
        <WindowBar shown={shown} defaultLengthMs={MONTH_MS} />
      </div>
      <Section title="What is promised">
        <Answer of={services}>
          {(answer) => (
            <>
              <Products services={answer.services} />
              {answer.next === null ? null : (
                <p className="foot-note">
                  {formatCount(answer.services.length)} of {formatCount(answer.total)} products, by name.{' '}
                  <Link href={overviewLink({})}>All of them</Link>
                </p>
              )}
              {answer.services.some(({ binding }) => binding?.budget.isEstimated === true) ? (
                <p className="foot-note">{STAR_NOTE}</p>
              ) : null}
            </>
          )}
        </Answer>
      </Section>
      <div className="grid-2">
        <Section title="Spend">
          <Answer of={cost}>{(answer) => <Spend cost={answer} />}</Answer>
        </Section>
        <Section title="Incidents" about={shown === null ? '' : `Since ${formatInstant(shown.fromMs)} UTC.`}>
          <Answer of={alerts}>{(answer) => <Incidents alerts={answer} />}</Answer>
        </Section>
      </div>
    </Page>
  );
}

/** In one sentence, by the budget that binds. */
function sentenceOf({ state, binding, firingCount }: Service): string {
  const burning = firingCount > 0 ? ' It is burning now.' : '';
  if (binding === null) return `Nothing can be said: ${STATE_WORDS[state].word}.`;
  return `Least is left of ${binding.slo}: ${binding.forecast.text}.${burning}`;
}

function Products({ services }: { readonly services: readonly Service[] }): ReactNode {
  return (
    <DataTable
      label="Products"
      rows={services}
      rowKey={({ stream, service }) => `${stream} ${service}`}
      empty={<Empty title="No product has a promise yet" />}
      columns={[
        {
          id: 'service',
          head: 'product',
          wraps: true,
          cell: (service) => (
            <>
              <Link
                className="name"
                href={overviewLink({ service: service.service, stream: service.stream })}
              >
                {service.service}
              </Link>
              <div className="sub">
                {service.budgets
                  .map(({ dimension }) => dimension)
                  .filter(isFirst)
                  .join(', ')}
              </div>
            </>
          ),
        },
        { id: 'state', head: 'state', cell: ({ state }) => <StateBadge state={state} /> },
        {
          id: 'left',
          head: 'budget left',
          align: 'end',
          cell: ({ binding, stream }) =>
            binding === null ? (
              '-'
            ) : (
              <Link className="figure" href={sloLink({ ...binding, stream })}>
                {budgetText(binding.budget)}
              </Link>
            ),
        },
        { id: 'words', head: 'in words', wraps: true, cell: (service) => sentenceOf(service) },
      ]}
    />
  );
}

const isFirst = (value: string, index: number, all: readonly string[]): boolean =>
  all.indexOf(value) === index;

function Spend({ cost }: { readonly cost: Cost }): ReactNode {
  return (
    <div className="stack">
      <dl className="tiles">
        <div className="tile">
          <dt>Spent</dt>
          <dd className="figure">
            {cost.requests > 0 && cost.unpricedRatio === 1 ? 'not known' : formatUsd(cost.costNanoUsd / 1e9)}
          </dd>
          <dd className="note">
            {formatCount(cost.requests)} requests, {formatPercent(cost.unpricedRatio, 1)} without a price
          </dd>
        </div>
      </dl>
      <DataTable
        label="Spend by service"
        rows={cost.values.slice(0, 10)}
        rowKey={({ value }) => value}
        empty={<Empty title="Nothing was spent" />}
        columns={[
          { id: 'value', head: 'service', cell: ({ value }) => (value === '' ? '(none)' : value) },
          { id: 'cost', head: 'spent', align: 'end', cell: (one) => formatUsd(one.costNanoUsd / 1e9) },
          { id: 'share', head: 'share', align: 'end', cell: (one) => formatPercent(one.shareOfCost, 1) },
        ]}
      />
    </div>
  );
}

function Incidents({ alerts }: { readonly alerts: Alerts }): ReactNode {
  return (
    <>
      <DataTable
        label="Incidents"
        rows={alerts.alerts.slice(0, INCIDENTS_MAX)}
        rowKey={({ id }) => id}
        empty={<Empty title="No incident" />}
        columns={[
          {
            id: 'fired',
            head: 'when (UTC)',
            wraps: 'never',
            cell: ({ id, firedAtMs }) => <Link href={alertLink(id)}>{formatInstant(firedAtMs)}</Link>,
          },
          {
            id: 'slo',
            head: 'SLO',
            wraps: true,
            cell: ({ slo, labels }) => (
              <>
                {slo}
                <div className="sub">
                  <Labels labels={labels} />
                </div>
              </>
            ),
          },
          { id: 'severity', head: 'severity', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
          {
            id: 'state',
            head: 'state',
            cell: ({ state }) => <Badge tone={state === 'firing' ? 'bad' : 'quiet'}>{state}</Badge>,
          },
        ]}
      />
      <p className="foot-note">
        {alerts.alerts.length > INCIDENTS_MAX ? `The newest ${INCIDENTS_MAX}. ` : ''}
        <Link href="/alerts?view=history">All alerts</Link>
      </p>
    </>
  );
}
