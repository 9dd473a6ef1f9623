import { logError } from '../log-errors.ts';
import { Connection, KAFKAJS_VERSION, kafkajsVersion, RequestQueue } from './kafkajs-internals.ts';

let isPatched = false;

/**
 * Mends two faults of kafkajs's connections at run time: the package is no longer maintained. The version is checked, for
 * the methods were read in this one alone. Throws LOG_UNSUPPORTED for another.
 */
export function patchKafkajs(version = kafkajsVersion()): void {
  if (version !== KAFKAJS_VERSION) {
    throw logError(
      'LOG_UNSUPPORTED',
      `kafkajs is ${version}; its internals are used as they are in ${KAFKAJS_VERSION}.`,
      {
        remedy: `Install kafkajs ${KAFKAJS_VERSION}, or read the new version's network and cluster folders before allowing it here.`,
        details: { version, supported: KAFKAJS_VERSION },
      },
    );
  }
  if (isPatched) return;
  isPatched = true;
  patchIdleTimer();
  patchConcurrentConnects();
}

/**
 * A timer of a negative delay is set after each answer and again whenever it fires: every connection, idle ones too, wakes
 * the process some 700 times a second for as long as it lives (tulios/kafkajs#1751). The queue needs another look only
 * while something waits in it; what waits for an answer in flight is looked at when the answer comes.
 */
function patchIdleTimer(): void {
  const queue = RequestQueue.prototype;
  const { scheduleCheckPendingRequests: schedule } = queue;
  queue.scheduleCheckPendingRequests = function (this: typeof queue) {
    if (this.pending.length > 0) schedule.call(this);
  };
}

/**
 * Two requests that find a connection closed both open a socket for it; the answers of both are then read as one stream,
 * which neither is. The second waits for the first one's socket instead.
 */
function patchConcurrentConnects(): void {
  const connection = Connection.prototype;
  const { connect } = connection;
  const connecting = new WeakMap<object, Promise<boolean>>();
  connection.connect = function (this: typeof connection) {
    const pending =
      connecting.get(this) ??
      connect.call(this).finally(() => {
        connecting.delete(this);
      });
    connecting.set(this, pending);
    return pending;
  };
}
