import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { costDashboard } from './cost.ts';
import { overviewDashboard } from './overview.ts';
import { pipelineDashboard } from './pipeline.ts';
import { qualityDashboard } from './quality.ts';
import { sloDashboard } from './slo.ts';

/** Grafana's dashboards by the name of their file in deploy/grafana/dashboards. */
export const dashboards = (): Readonly<Record<string, Dashboard>> => ({
  overview: overviewDashboard(),
  slo: sloDashboard(),
  cost: costDashboard(),
  quality: qualityDashboard(),
  pipeline: pipelineDashboard(),
});
