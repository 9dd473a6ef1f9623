/** Why the engine did not start, or cannot go on. */
export type EngineErrorCode =
  | 'ENGINE_CONFIG_INVALID'
  | 'ENGINE_DIRECTORY_IN_USE'
  | 'ENGINE_DISK_FULL'
  | 'ENGINE_DIRECTORY_UNWRITABLE'
  | 'ENGINE_PORT_IN_USE'
  | 'ENGINE_START_FAILED'
  | 'ENGINE_START_TIMEOUT';
