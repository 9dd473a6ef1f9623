export { createRawWork } from './raw-work.ts';
