export { createPaneWork } from './counting/pane-work.ts';
export { OTHER_LABEL, isOfEntities, otherSeriesOf } from './counting/series-key.ts';
export { processorGroupOf } from './processor-group.ts';
export { SpecCatalog } from './specs/spec-catalog.ts';
export { SpecSet } from './specs/spec-set.ts';
