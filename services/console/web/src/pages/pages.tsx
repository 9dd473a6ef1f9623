import type { ReactNode } from 'react';
import { Link, Route, Switch } from 'wouter';
import { Shell } from '../shell.tsx';
import { Empty } from '../parts/answer.tsx';
import { Page } from '../parts/page.tsx';
import { OverviewPage } from './overview/overview-page.tsx';
import { SloPage } from './slo/slo-page.tsx';

/** Which page an address is. */
export function Pages(): ReactNode {
  return (
    <Shell>
      <Switch>
        <Route path="/" component={OverviewPage} />
        <Route path="/slo" component={SloPage} />
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
