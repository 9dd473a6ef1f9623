export { startProcessor } from './start-processor.ts';
