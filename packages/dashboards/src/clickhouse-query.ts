import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';

/** The data source that is provisioned beside the dashboards. */
export const CLICKHOUSE: DataSourceRef = {
  type: 'grafana-clickhouse-datasource',
  uid: 'burnline-clickhouse',
};

/** How the plugin shows what comes back: as lines over time, one for each `name`, or as rows. */
export type QueryFormat = 'timeseries' | 'table';
/** As the plugin stores them. */
const FORMATS: Readonly<Record<QueryFormat, number>> = { timeseries: 0, table: 1 };

/** A statement with Grafana's macros and variables, as version 4 of the ClickHouse plugin keeps it: the SDK knows core sources alone. */
export class ClickhouseQuery implements Builder<Dataquery> {
  readonly #query: Dataquery & { readonly rawSql: string };

  constructor(rawSql: string, format: QueryFormat, refId = 'A') {
    const query = {
      ...{ refId, datasource: CLICKHOUSE, editorType: 'sql', queryType: format },
      ...{ format: FORMATS[format], rawSql },
    };
    // A marker that the SDK's type asks for; it is no part of the JSON.
    this.#query = { ...query, _implementsDataqueryVariant: () => undefined };
  }

  build(): Dataquery {
    return this.#query;
  }
}
