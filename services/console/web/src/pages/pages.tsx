import type { ReactNode } from 'react';
import { Link, Route, Switch } from 'wouter';
import { Shell } from '../shell.tsx';
import { Empty } from '../parts/answer.tsx';
import { Page } from '../parts/page.tsx';
import { AlertPage } from './alerts/alert-page.tsx';
import { AlertsPage } from './alerts/alerts-page.tsx';
import { ComparePage } from './compare/compare-page.tsx';
import { CostPage } from './cost/cost-page.tsx';
import { EventPage } from './events/event-page.tsx';
import { EventsPage } from './events/events-page.tsx';
import { FleetPage } from './fleet/fleet-page.tsx';
import { OverviewPage } from './overview/overview-page.tsx';
import { PipelinePage } from './pipeline/pipeline-page.tsx';
import { QualityPage } from './quality/quality-page.tsx';
import { SilencePage } from './silence/silence-page.tsx';
import { SloPage } from './slo/slo-page.tsx';
import { SpecsPage } from './specs/specs-page.tsx';
import { SummaryPage } from './summary/summary-page.tsx';

/** Which page an address is. */
export function Pages(): ReactNode {
  return (
    <Shell>
      <Switch>
        <Route path="/" component={OverviewPage} />
        <Route path="/slo" component={SloPage} />
        <Route path="/alerts" component={AlertsPage} />
        <Route path="/alert" component={AlertPage} />
        <Route path="/silence" component={SilencePage} />
        <Route path="/events" component={EventsPage} />
        <Route path="/event" component={EventPage} />
        <Route path="/fleet" component={FleetPage} />
        <Route path="/cost" component={CostPage} />
        <Route path="/quality" component={QualityPage} />
        <Route path="/compare" component={ComparePage} />
        <Route path="/specs" component={SpecsPage} />
        <Route path="/pipeline" component={PipelinePage} />
        <Route path="/summary" component={SummaryPage} />
        <Route>
          <Page title="No such page">
            <Empty title="Nothing is at this address">
              <Link href="/">The overview</Link> has every SLO.
            </Empty>
          </Page>
        </Route>
      </Switch>
    </Shell>
  );
}
