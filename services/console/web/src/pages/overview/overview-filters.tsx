import type { ReactNode } from 'react';
import type { Overview } from '../../../../src/api/contract/index.ts';
import { Facet, SearchBox } from '../../parts/controls.tsx';
import type { UrlState } from '../../parts/url-state.ts';
import type { ChangeUrl } from '../../parts/use-url-state.ts';

export const GROUPINGS = ['service', 'team', 'track', 'criticality', 'dimension'] as const;
export type Grouping = (typeof GROUPINGS)[number];

const FACETS = ['stream', ...GROUPINGS] as const;
const FILTERS = ['search', 'state', 'burn', 'label', ...FACETS] as const;

/** What of the address narrows the rows. */
export function filtersOf(state: UrlState): Readonly<Record<string, string>> {
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = state[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

export function OverviewFilters({
  overview: { facets },
  state,
  onChange,
}: {
  readonly overview: Overview;
  readonly state: UrlState;
  readonly onChange: ChangeUrl;
}): ReactNode {
  const filters = filtersOf(state);
  return (
    <div className="filters" role="search">
      <SearchBox
        label="Search SLOs"
        value={state['search'] ?? ''}
        onChange={(search) => {
          onChange({ search });
        }}
      />
      {FACETS.filter((name) => Object.keys(facets[name]).length > 1 || name in filters).map((name) => (
        <Facet
          key={name}
          name={name}
          values={facets[name]}
          value={state[name] ?? ''}
          onChange={(value) => {
            onChange({ [name]: value });
          }}
        />
      ))}
      <Undo filters={filters} onChange={onChange} />
      <span className="grow" />
      <GroupBy grouping={state['group'] ?? ''} onChange={onChange} />
    </div>
  );
}

/** What takes filters away that no other control shows. */
function Undo({
  filters,
  onChange,
}: {
  readonly filters: Readonly<Record<string, string>>;
  readonly onChange: ChangeUrl;
}): ReactNode {
  return (
    <>
      {filters['label'] === undefined ? null : (
        <button
          type="button"
          className="button small"
          onClick={() => {
            onChange({ label: null });
          }}
        >
          {filters['label']} <span aria-hidden="true">×</span>
          <span className="hidden-visually">, take this filter away</span>
        </button>
      )}
      {Object.keys(filters).length === 0 ? null : (
        <button
          type="button"
          className="button bare"
          onClick={() => {
            onChange(Object.fromEntries(FILTERS.map((name) => [name, null])));
          }}
        >
          Clear
        </button>
      )}
    </>
  );
}

function GroupBy({
  grouping,
  onChange,
}: {
  readonly grouping: string;
  readonly onChange: ChangeUrl;
}): ReactNode {
  return (
    <select
      className="control"
      aria-label="Group by"
      value={grouping}
      onChange={(event) => {
        onChange({ group: event.target.value, open: null });
      }}
    >
      <option value="">not grouped</option>
      {GROUPINGS.map((name) => (
        <option key={name} value={name}>
          by {name}
        </option>
      ))}
    </select>
  );
}
