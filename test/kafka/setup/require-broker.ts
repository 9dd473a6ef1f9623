import { inject } from 'vitest';

// Before each file, not in the global setup: that would take the other projects' tests down as well.
const missing = inject('missingForKafka');
if (missing !== '') throw new Error(`Kafka suites must run here, and cannot:\n${missing}`);
