import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { AlertDetail } from '../../../../src/api/contract/index.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Answer, Empty } from '../../parts/answer.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import {
  counted,
  formatBurnRate,
  formatCount,
  formatDuration,
  formatInstant,
  formatPercent,
} from '../../parts/format.ts';
import { Labels } from '../../parts/labels.tsx';
import { alertLink, silenceLink, sloLink } from '../../parts/links.ts';
import { Page, Section } from '../../parts/page.tsx';
import { Badge, SeverityBadge } from '../../parts/state-badge.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { ChangeTable } from '../slo/changes.tsx';
import { Contributions } from '../slo/stretch-panel.tsx';
import { ALERT_TONES, DELIVERY_TONES } from './alert-columns.tsx';

/** One alert: what burns, since when, where it comes from, what changed before, who was told. */
export function AlertPage(): ReactNode {
  const [state] = useUrlState();
  const id = state['id'] ?? '';
  const asked = useAnswer<AlertDetail>(`alerts/${encodeURIComponent(id)}`);
  const alert = asked.data?.alert;
  return (
    <Page
      title={alert === undefined ? 'Alert' : `${alert.slo} burns`}
      asOf={asked.data?.about}
      crumbs={<Link href="/alerts">Alerts</Link>}
      about={
        alert === undefined ? undefined : (
          <span className="row">
            <SeverityBadge severity={alert.severity} />
            <Badge tone={ALERT_TONES[alert.state]}>{alert.state}</Badge>
            {alert.service === null ? null : <span>{alert.service}</span>}
            <Labels labels={alert.labels} />
          </span>
        )
      }
    >
      <Answer of={asked}>{(answer) => <Detail answer={answer} />}</Answer>
    </Page>
  );
}

function Detail({ answer }: { readonly answer: AlertDetail }): ReactNode {
  const { alert } = answer;
  return (
    <>
      <Tiles answer={answer} />
      <p className="row actions">
        <Link className="button primary" href={stretchLink(answer)}>
          See it on the charts, with its events
        </Link>
        {alert.overAtMs !== null || alert.stream !== 'live' ? null : (
          <Link className="button" href={silenceLink(alert)}>
            Silence
          </Link>
        )}
        {answer.runbook === null ? null : (
          <a className="button" href={answer.runbook}>
            Runbook
          </a>
        )}
      </p>
      <div className="grid-2">
        <Section title="What happened">
          <ol className="timeline panel">
            {answer.timeline.map(({ what, atMs, text }) => (
              <li key={`${what} ${atMs} ${text}`} className={what}>
                <time dateTime={new Date(atMs).toISOString()}>{formatInstant(atMs)}</time>
                <span>{text}</span>
              </li>
            ))}
          </ol>
        </Section>
        <ChangedBefore answer={answer} />
      </div>
      <Section title="Where the bad events came from" about="In the long window, when it fired.">
        <Contributions
          contributions={answer.attribution}
          empty={
            <Empty title="It is not known">Nobody looked when it fired: the charts have the events.</Empty>
          }
        />
      </Section>
      <div className="grid-2">
        <Section title="Who was told">
          <Deliveries deliveries={alert.deliveries} />
        </Section>
        <Section
          title="Earlier"
          about={`Seen ${counted(alert.seenIn90Days, 'time')} in 90 days, this one included.`}
        >
          <Earlier earlier={answer.earlier} />
        </Section>
      </div>
    </>
  );
}

function ChangedBefore({ answer }: { readonly answer: AlertDetail }): ReactNode {
  const { alert, changesBefore } = answer;
  return (
    <Section title="What changed before" about="In the 24 h before it fired.">
      <ChangeTable
        marks={changesBefore}
        label="What changed before it fired"
        of={{ service: alert.service ?? '', stream: alert.stream, toMs: comparedToMs(answer) }}
      />
    </Section>
  );
}

/** What was new before an alert is looked at until it was over, or now. */
const comparedToMs = ({ alert, about }: AlertDetail): number => alert.overAtMs ?? Date.parse(about.asOf);

/** The charts from one long window before the alert to its end, and as much after. */
function stretchLink({ alert, about }: AlertDetail): string {
  const marginMs = alert.long.windowMs;
  const endMs =
    alert.overAtMs ?? about.streams.find(({ stream }) => stream === alert.stream)?.evaluatedThroughMs;
  const from = String(alert.firedAtMs - marginMs);
  const to = String(Math.max(endMs ?? 0, alert.firedAtMs + 1) + (alert.overAtMs === null ? 0 : marginMs));
  return sloLink(alert, { from, to });
}

function Tiles({ answer: { alert, description } }: { readonly answer: AlertDetail }): ReactNode {
  return (
    <dl className="tiles">
      <div className="tile">
        <dt>Fired</dt>
        <dd className="figure words">{formatInstant(alert.firedAtMs)}</dd>
        <dd className="note">
          {alert.overAtMs === null
            ? 'UTC, and goes on'
            : `UTC, over after ${formatDuration(alert.durationMs)}`}
        </dd>
        {alert.endedBy === null ? null : (
          <dd className="note">
            ended by {alert.endedBy}: {alert.reason}
          </dd>
        )}
      </div>
      {(['long', 'short'] as const).map((name) => (
        <div className="tile" key={name}>
          <dt>
            {name === 'long' ? 'Long' : 'Short'} window, {formatDuration(alert[name].windowMs)}
          </dt>
          <dd className="figure">{formatBurnRate(alert[name].burnRate)}</dd>
          <dd className="note">
            {formatCount(alert[name].bad)} bad of {formatCount(alert[name].total)}
          </dd>
        </div>
      ))}
      <div className="tile">
        <dt>Tier {alert.tier}</dt>
        <dd className="figure">{formatBurnRate(alert.factor)}</dd>
        <dd className="note">fires where both windows burn as fast</dd>
      </div>
      <div className="tile">
        <dt>Budget left when it fired</dt>
        <dd className="figure">{formatPercent(alert.remainingRatio, 1)}</dd>
        {description === '' ? null : <dd className="note">{description}</dd>}
      </div>
    </dl>
  );
}

function Deliveries({ deliveries }: Pick<AlertDetail['alert'], 'deliveries'>): ReactNode {
  return (
    <DataTable
      label="Who was told"
      rows={deliveries}
      rowKey={({ receiver, decision, finishedAtMs }) => `${receiver} ${decision} ${finishedAtMs}`}
      empty={<Empty title="Nobody was told">No receiver is set up, or the tier has none.</Empty>}
      columns={[
        {
          id: 'receiver',
          head: 'receiver',
          cell: ({ receiver }) => <span className="name">{receiver}</span>,
        },
        { id: 'decision', head: 'what', cell: ({ decision }) => decision },
        {
          id: 'outcome',
          head: 'outcome',
          cell: ({ outcome }) => <Badge tone={DELIVERY_TONES[outcome]}>{outcome}</Badge>,
        },
        { id: 'attempts', head: 'attempts', align: 'end', cell: ({ attempts }) => formatCount(attempts) },
        {
          id: 'at',
          head: 'last (UTC)',
          wraps: 'never',
          cell: ({ finishedAtMs }) => formatInstant(finishedAtMs),
        },
      ]}
    />
  );
}

function Earlier({ earlier }: Pick<AlertDetail, 'earlier'>): ReactNode {
  return (
    <DataTable
      label="Earlier alerts of this series and tier"
      rows={earlier}
      rowKey={({ id }) => id}
      scroll="own"
      empty={<Empty title="For the first time in 90 days" />}
      columns={[
        {
          id: 'fired',
          head: 'fired (UTC)',
          wraps: 'never',
          cell: ({ id, firedAtMs }) => <Link href={alertLink(id)}>{formatInstant(firedAtMs)}</Link>,
        },
        { id: 'severity', head: 'severity', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
        {
          id: 'for',
          head: 'for',
          align: 'end',
          cell: ({ firedAtMs, overAtMs }) =>
            overAtMs === null ? 'open' : formatDuration(overAtMs - firedAtMs),
        },
      ]}
    />
  );
}
