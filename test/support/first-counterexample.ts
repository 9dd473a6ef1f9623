import fc from 'fast-check';

/**
 * A property over a real database takes seconds a run: looking for a smaller counterexample would outlast the test, which then
 * says that it timed out, and neither what failed nor the seed. The first one is told as it is.
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });
