export { about } from './api/contract/index.ts';
