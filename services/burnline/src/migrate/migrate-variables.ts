import { SERVICE_VARIABLES, numberVariable, orElse } from '@burnline/runtime';

/** Beside those of Kafka, ClickHouse and the registry. */
export const MIGRATE_VARIABLES = {
  BURNLINE_STREAM: SERVICE_VARIABLES.BURNLINE_STREAM,
  BURNLINE_PARTITIONS: orElse(
    numberVariable({ min: 1, max: 1_024 }),
    '4',
    "Partitions of the stream's topics when they are made: as many processors and sinks can share the work. They never change within a stream.",
  ),
};
