import { actionsRoute } from './answers/actions.ts';
import { alertRoute, alertsRoute } from './answers/alerts.ts';
import { attributionRoute } from './answers/attribution.ts';
import { armsRoute, comparisonRoute } from './answers/comparison.ts';
import { countedRoute } from './answers/counted.ts';
import { driftsRoute, sloDriftRoute } from './answers/drift.ts';
import { eventRoute, eventsRoute } from './answers/events.ts';
import { historyRoute } from './answers/history.ts';
import { overviewRoute } from './answers/overview.ts';
import { pipelineRoute } from './answers/pipeline.ts';
import { routingRoute } from './answers/routing.ts';
import { servicesRoute } from './answers/services.ts';
import { silencePreviewRoute } from './answers/silences.ts';
import { sloRoute, sloSeriesRoute } from './answers/slo.ts';
import { costForecastRoute, entitiesRoute, envelopesRoute, unusualSpendRoute } from './answers/spending.ts';
import { specsRoute } from './answers/specs.ts';
import { costRoute, fleetRoute, qualityRoute } from './answers/traffic.ts';
import type { Route } from './route.ts';

/** Every question that is a GET and has a JSON answer. */
export const ROUTES: readonly Route[] = [
  overviewRoute,
  servicesRoute,
  sloRoute,
  sloSeriesRoute,
  historyRoute,
  countedRoute,
  attributionRoute,
  alertsRoute,
  alertRoute,
  silencePreviewRoute,
  fleetRoute,
  costRoute,
  costForecastRoute,
  unusualSpendRoute,
  envelopesRoute,
  entitiesRoute,
  qualityRoute,
  comparisonRoute,
  armsRoute,
  driftsRoute,
  sloDriftRoute,
  eventsRoute,
  eventRoute,
  specsRoute,
  pipelineRoute,
  routingRoute,
  actionsRoute,
];
