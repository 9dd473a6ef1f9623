#!/usr/bin/env node
// Node's remarks on deprecations and experiments are for whoever develops this, not for whoever runs it.
process.removeAllListeners('warning');
const { main } = await import('../dist/main.js');

process.exitCode = await main(process.argv.slice(2));
