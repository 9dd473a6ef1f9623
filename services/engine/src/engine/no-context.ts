/** Runs a statement under a session's own settings. */
export const NO_CONTEXT = {
  database: undefined,
  settings: new Map<string, string>(),
  parameters: new Map<string, string>(),
};
