import type { EngineConfig } from '../config.ts';
import { stringLiteral } from '../sql/sql-tokens.ts';
import { escapeXml } from './escape-xml.ts';

export type TenantAccess = Pick<EngineConfig, 'users' | 'tenantTables'>;

/** One analyst who reads rows of some tenants alone, and the role that says so. */
export interface TenantScope {
  readonly user: string;
  readonly role: string;
  readonly tenants: readonly string[];
}

/** Analysts of some tenants, each with a role of their own: the engine knows one user, and tells sessions apart by their roles. */
export const tenantScopesOf = ({ users }: Pick<TenantAccess, 'users'>): readonly TenantScope[] =>
  users.flatMap(({ name, tenants }, index) =>
    tenants === undefined ? [] : [{ user: name, role: `tenants_${index}`, tenants }],
  );

/**
 * Parts of the engine's access control, as XML. A role of some tenants may read tables that have a tenant, and views over those; a policy
 * of each such table lets through the rows of its tenants. Views are asked with the rights of whoever asks, so the policy holds there too.
 */
export function tenantScopes(access: TenantAccess): {
  readonly roles: string;
  readonly grants: string;
  readonly policies: string;
} {
  const scopes = tenantScopesOf(access);
  if (scopes.length === 0) return { roles: '', grants: '', policies: '' };
  const { tables, views } = access.tenantTables;
  const reads = [...tables, ...views].map((name) => `<query>GRANT SELECT, SHOW ON ${name}</query>`).join('');
  // Every session has one role: of all others these conditions say nothing.
  const filter = scopes
    .map(
      ({ role, tenants }) =>
        `(NOT has(currentRoles(), '${role}') OR tenant IN (${tenants.map(stringLiteral).join(', ')}))`,
    )
    .join(' AND ');
  const roles = scopes.map(({ role }) => `'${role}'`).join(', ');
  const policies = new Map(tables.map((name) => [name, filter]));
  for (const name of TELLING_TABLES) policies.set(`system.${name}`, `NOT hasAny(currentRoles(), [${roles}])`);
  return {
    roles: scopes.map(({ role }) => `<${role}><grants>${reads}</grants></${role}>`).join('\n'),
    grants: scopes.map(({ role }) => `<query>GRANT ${role}</query>`).join(''),
    policies: policyElements(policies),
  };
}

/** The embedded engine asks for no grant on its own tables; of these every row may tell of everybody's queries and rows. */
const TELLING_TABLES = [
  'processes',
  'parts',
  'parts_columns',
  'projection_parts',
  'projection_parts_columns',
  'detached_parts',
  'query_condition_cache',
  'query_cache',
  'mutations',
  'merges',
  'moves',
  'errors',
  'asynchronous_inserts',
];

/** Conditions by DATABASE.TABLE, as the engine's access control has them. */
function policyElements(policies: ReadonlyMap<string, string>): string {
  const byDatabase = new Map<string, string>();
  for (const [name, filter] of policies) {
    const [database = '', table = ''] = name.split('.');
    const element = `<${table}><filter>${escapeXml(filter)}</filter></${table}>`;
    byDatabase.set(database, (byDatabase.get(database) ?? '') + element);
  }
  return `<databases>${[...byDatabase].map(([database, inner]) => `<${database}>${inner}</${database}>`).join('')}</databases>`;
}
