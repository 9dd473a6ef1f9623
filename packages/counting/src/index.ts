export { categoryBucketSql } from './counting/category-buckets.ts';
export { createPaneWork } from './counting/pane-work.ts';
export { isOfEntities, otherSeriesOf, seriesIdentityOf, UNGROUPED } from './counting/series-key.ts';
export { processorGroupOf } from './processor-group.ts';
export { SpecCatalog } from './specs/spec-catalog.ts';
export { SpecSet } from './specs/spec-set.ts';
