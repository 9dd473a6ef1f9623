import { escapeXml } from './escape-xml.ts';
import { FIXED_SETTINGS, LIMITED_SETTINGS, type LimitedSetting } from './analyst-profile.ts';
import type { SessionRole } from './engine-session.ts';
import { tenantScopes, type TenantAccess } from './tenant-scopes.ts';

const MEBIBYTE = 1024 * 1024;

/** Sizes that follow from one number: how much memory the engine may take. */
export interface EngineLimits {
  readonly memoryBytes: number;
  readonly pipelineMaxExecutionSeconds: number;
  readonly analystMaxExecutionSeconds: number;
}

/** The answer is built in memory before it is sent, beside what the query itself holds and outside its limit. */
const RESULT_SHARES: Readonly<Record<SessionRole, number>> = { pipeline: 1 / 8, analyst: 1 / 16 };
/** Two analysts and one heavy pipeline query fit side by side. */
const QUERY_SHARES: Readonly<Record<SessionRole, number>> = { pipeline: 1 / 2, analyst: 1 / 4 };
/** Sorting and grouping move to disk before the query's limit stops them. */
const SPILL_SHARE = 1 / 2;
const ANALYST_SPILL_BYTES = 4 * 1024 * MEBIBYTE;
/** Larger than any statement that fits the limit on query texts, so that rendering one for checking never cuts it. */
const MAX_QUERY_SIZE_BYTES = 64 * MEBIBYTE;

/** Limits of one query, by role. */
function queryLimits(role: SessionRole, limits: EngineLimits): Readonly<Record<LimitedSetting, number>> {
  const memory = Math.floor(limits.memoryBytes * QUERY_SHARES[role]);
  const spill = Math.floor(memory * SPILL_SHARE);
  return {
    function_sleep_max_microseconds_per_block: 3_000_000,
    max_bytes_before_external_group_by: spill,
    max_bytes_before_external_sort: spill,
    max_execution_time:
      role === 'analyst' ? limits.analystMaxExecutionSeconds : limits.pipelineMaxExecutionSeconds,
    max_memory_usage: memory,
    max_result_bytes: Math.floor(limits.memoryBytes * RESULT_SHARES[role]),
    max_temporary_data_on_disk_size_for_query: ANALYST_SPILL_BYTES,
    // One core of an analyst's query leaves another to the pipeline.
    max_threads: role === 'analyst' ? 1 : 2,
  };
}

/** Settings that a session starts with and returns to. */
export function sessionSettings(role: SessionRole, limits: EngineLimits): ReadonlyMap<string, string> {
  const settings = new Map(
    Object.entries(queryLimits(role, limits)).map(([name, value]) => [name, `${value}`]),
  );
  // The embedded engine differs from a server in these defaults.
  settings.set('implicit_select', '0');
  settings.set('allow_introspection_functions', '0');
  settings.set('async_insert', '0');
  settings.set('max_query_size', `${MAX_QUERY_SIZE_BYTES}`);
  if (role === 'analyst') {
    settings.set('allow_ddl', '0');
    settings.set('allow_python_table_function', '0');
    // Replayed raw rows are removed by merges some time later; analysts must not count them until then.
    settings.set('final', '1');
  }
  return settings;
}

/** Server configuration for two cores and little memory. `usersFile` is an absolute path. */
export function serverConfiguration(usersFile: string, limits: EngineLimits): string {
  const cacheBytes = Math.floor(limits.memoryBytes / 32);
  const values: Readonly<Record<string, number>> = {
    max_server_memory_usage: limits.memoryBytes,
    background_pool_size: 2,
    background_merges_mutations_concurrency_ratio: 2,
    background_schedule_pool_size: 4,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    background_common_pool_size: 2,
    background_message_broker_schedule_pool_size: 1,
    background_distributed_schedule_pool_size: 1,
    mark_cache_size: cacheBytes,
    primary_index_cache_size: cacheBytes,
    index_mark_cache_size: Math.floor(cacheBytes / 4),
    query_condition_cache_size: Math.floor(cacheBytes / 4),
    compiled_expression_cache_size: Math.floor(cacheBytes / 4),
    parquet_metadata_cache_size: Math.floor(cacheBytes / 8),
    uncompressed_cache_size: 0,
  };
  // The defaults of these exceed a background pool of two, and the engine refuses to start.
  const mergeTree: Readonly<Record<string, number>> = {
    number_of_free_entries_in_pool_to_execute_mutation: 2,
    number_of_free_entries_in_pool_to_lower_max_size_of_merge: 1,
    number_of_free_entries_in_pool_to_execute_optimize_entire_partition: 2,
  };
  return `<clickhouse>
<logger><level>fatal</level></logger>
<users_config>${escapeXml(usersFile)}</users_config>
${elements(values)}
<query_cache><max_size_in_bytes>${cacheBytes}</max_size_in_bytes></query_cache>
<merge_tree>${elements(mergeTree)}</merge_tree>
</clickhouse>
`;
}

/**
 * Access control: the engine knows one user, whose two roles hold all its rights; a session takes one of them and cannot
 * run the statement that would change it. Passwords are checked before the engine and never reach it.
 */
export function usersConfiguration(limits: EngineLimits, access: TenantAccess): string {
  const scopes = tenantScopes(access);
  const analyst = queryLimits('analyst', limits);
  const fixed = FIXED_SETTINGS.map((name) => `<${name}><const/></${name}>`).join('\n');
  const limited = LIMITED_SETTINGS.map(
    (name) => `<${name}><min>1</min><max>${analyst[name]}</max></${name}>`,
  ).join('\n');
  return `<clickhouse>
<profiles>
<default><readonly>0</readonly></default>
<pipeline><readonly>0</readonly></pipeline>
<analyst><readonly>2</readonly><constraints>
${fixed}
${limited}
</constraints></analyst>
</profiles>
<roles>
<pipeline><grants><query>GRANT ALL ON *.*</query></grants></pipeline>
<analyst><grants><query>GRANT SELECT, SHOW, dictGet ON *.*</query></grants></analyst>
${scopes.roles}
</roles>
<users><default>
<no_password/><profile>default</profile><quota>default</quota><networks><ip>::/0</ip></networks>
<grants><query>GRANT pipeline</query><query>GRANT analyst</query>${scopes.grants}</grants>
${scopes.policies}
</default></users>
<quotas><default></default></quotas>
</clickhouse>
`;
}

function elements(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('\n');
}
