import { logError } from '../../log-errors.ts';
import {
  Connection,
  createErrorFromCode,
  KAFKAJS_VERSION,
  kafkajsVersion,
  metadataResponse,
  RequestQueue,
  type PatchedConnection,
} from './kafkajs-internals.ts';

let isPatched = false;

/**
 * Mends five faults of kafkajs at run time, for its public clients in this process too: the package is no longer maintained.
 * The version is checked, for the methods were read in this one alone. Throws LOG_UNSUPPORTED for another.
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
  patchReconnects();
  patchCopies();
  patchLeaderless();
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
 *
 * An answer that was cut in the middle is kept for when the same connection has a new socket, and the next answer is read as
 * the rest of it: requests without an answer, answers that are none, and an error that nobody catches. Nothing of a former
 * socket is kept here, and nothing more of it is heard.
 */
function patchReconnects(): void {
  const connection = Connection.prototype;
  const { connect } = connection;
  const connecting = new WeakMap<object, Promise<boolean>>();
  connection.connect = function (this: typeof connection) {
    const underWay = connecting.get(this);
    if (underWay !== undefined) return underWay;
    if (!this.isConnected()) forgetSocket(this);
    const pending = connect.call(this).finally(() => {
      connecting.delete(this);
    });
    connecting.set(this, pending);
    return pending;
  };
}

/** An answer begins with its length, 32 bits. */
const LENGTH_BYTES = 4;

function forgetSocket(connection: PatchedConnection): void {
  connection.socket?.destroy();
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = LENGTH_BYTES;
}

/** What is left after an answer is kept though it is nothing, and the next answer is copied to stand behind it. */
function patchCopies(): void {
  const connection = Connection.prototype;
  const { processData } = connection;
  connection.processData = function (this: typeof connection, bytes) {
    if (this.bytesBuffered === 0) this.chunks = [];
    processData.call(this, bytes);
  };
}

/**
 * kafkajs's admin begins every call with a look at all topics of the cluster, and rejects while any partition of any of them
 * has no leader: somebody else's lost disk would keep topics from being made or described. Such a partition is told with
 * its leader, -1; only what is wrong with a topic as a whole rejects.
 */
function patchLeaderless(): void {
  metadataResponse.parse = (decoded) => {
    const failed = decoded.topicMetadata.find(({ topicErrorCode }) => topicErrorCode !== 0);
    return failed === undefined
      ? Promise.resolve(decoded)
      : Promise.reject(createErrorFromCode(failed.topicErrorCode));
  };
}
