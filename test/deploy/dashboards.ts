import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './compose-file.ts';

export const GRAFANA = path.join(ROOT, 'deploy/grafana');

interface Source {
  readonly uid: string;
  readonly type: string;
}
interface Panel {
  readonly title: string;
  readonly datasource: Source;
  readonly targets: readonly { readonly rawSql: string; readonly datasource: Source }[];
}
export interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[];
  };
}

/** The dashboards as they are provisioned, by the name of their file. */
export async function readDashboards(): Promise<ReadonlyMap<string, Dashboard>> {
  const folder = path.join(GRAFANA, 'dashboards');
  const found = new Map<string, Dashboard>();
  for (const file of (await readdir(folder)).sort())
    found.set(file, JSON.parse(await readFile(path.join(folder, file), 'utf8')) as Dashboard);
  return found;
}

export function sqlOf(dashboard: Dashboard, title: string): string {
  const panel = dashboard.panels.find((one) => one.title === title);
  if (panel === undefined) throw new Error(`no panel ${title}`);
  return panel.targets[0]!.rawSql;
}
