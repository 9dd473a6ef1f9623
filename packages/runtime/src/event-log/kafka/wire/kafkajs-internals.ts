import { createRequire } from 'node:module';

/**
 * The parts of kafkajs that its index does not export, with types of our own: they are untyped CommonJS.
 *
 * Only its connections, its requests and its cluster's view of the brokers are used. Its producer and consumer loops are
 * not: almost every known fault is in them (messages lost or shared over retries, a reset of positions that is also
 * committed, fetches that wait for the slowest partition, joins that nobody waits for).
 */
const require = createRequire(import.meta.url);

/** What runs below was read and patched in this version; another one must be read again first. */
export const KAFKAJS_VERSION = '2.2.4';

export function kafkajsVersion(): string {
  return (require('kafkajs/package.json') as { readonly version: string }).version;
}

export interface KafkajsEncoder {
  readonly buffer: Buffer;
  writeInt8(value: number): KafkajsEncoder;
  writeInt16(value: number): KafkajsEncoder;
  writeInt32(value: number): KafkajsEncoder;
  writeString(value: string | null): KafkajsEncoder;
  writeBytes(value: Buffer): KafkajsEncoder;
  writeBoolean(value: boolean): KafkajsEncoder;
  writeArray(values: readonly (KafkajsEncoder | string)[]): KafkajsEncoder;
}

/** One request as kafkajs's connections take it. `parse` gets what `decode` gave, and may throw for errors in it. */
export interface KafkajsRequest<T> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<KafkajsEncoder>;
  };
  readonly response: {
    readonly decode: (raw: Buffer) => Promise<T>;
    readonly parse: (decoded: T) => Promise<T>;
  };
  readonly requestTimeout?: number;
}

interface KafkajsConnection {
  readonly socket?: { destroy(error: Error): void };
}

export interface KafkajsBroker {
  readonly nodeId: number;
  readonly connectionPool: {
    readonly pool: readonly KafkajsConnection[];
    send<T>(request: KafkajsRequest<T>): Promise<T>;
  };
  metadata: () => Promise<ClusterMetadata>;
  disconnect(): Promise<void>;
  findGroupCoordinator(request: {
    readonly groupId: string;
    /** 0: of a group. */
    readonly coordinatorType: number;
  }): Promise<{ readonly coordinator: { readonly nodeId: number } }>;
  heartbeat(request: GroupIdentity): Promise<unknown>;
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
  joinGroup(request: JoinRequest): Promise<JoinResponse>;
  syncGroup(request: {
    readonly groupId: string;
    readonly generationId: number;
    readonly memberId: string;
    readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
  }): Promise<{ readonly memberAssignment: Buffer }>;
  offsetCommit(request: GroupIdentity & { readonly topics: readonly TopicOffsets[] }): Promise<unknown>;
  offsetFetch(request: {
    readonly groupId: string;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
    }[];
  }): Promise<{
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly offset: string;
        readonly metadata: string | null;
      }[];
    }[];
  }>;
}

interface GroupIdentity {
  readonly groupId: string;
  readonly groupGenerationId: number;
  readonly memberId: string;
}

interface JoinRequest {
  readonly groupId: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly memberId: string;
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

interface JoinResponse {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

interface TopicOffsets {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly offset: string;
    readonly metadata: string;
  }[];
}

export interface ClusterMetadata {
  readonly controllerId: number;
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly partitionMetadata: readonly {
      readonly partitionId: number;
      /** -1 while there is none. */
      readonly leader: number;
      readonly replicas: readonly number[];
    }[];
  }[];
}

export interface KafkajsCluster {
  readonly brokerPool: {
    metadata: ClusterMetadata | null;
    readonly brokers: Readonly<Record<string, KafkajsBroker>>;
    readonly seedBroker: KafkajsBroker | undefined;
    /** Made with the pool, and needs no `this`. */
    createBroker: (options: object) => KafkajsBroker;
  };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  findBroker(id: { readonly nodeId: number }): Promise<KafkajsBroker>;
  findControllerBroker(): Promise<KafkajsBroker>;
}

export const Encoder = require('kafkajs/src/protocol/encoder') as new () => KafkajsEncoder;

export const Cluster = require('kafkajs/src/cluster') as new (options: object) => KafkajsCluster;

/** As properties, since they are taken off and put back. */
export interface QueueOfRequests {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: (this: QueueOfRequests) => void;
}

export interface PatchedConnection {
  connect: (this: PatchedConnection) => Promise<boolean>;
  isConnected(): boolean;
  processData: (this: PatchedConnection, bytes: Buffer) => void;
  readonly socket?: { destroy(): void };
  /** What has come of an answer so far, and how many bytes there must be before it is looked at. */
  chunks: readonly Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
}

export const RequestQueue = require('kafkajs/src/network/requestQueue') as {
  readonly prototype: QueueOfRequests;
};

export const Connection = require('kafkajs/src/network/connection') as {
  readonly prototype: PatchedConnection;
};

export const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  readonly createErrorFromCode: (code: number) => Error;
};

export const metadataResponse = require('kafkajs/src/protocol/requests/metadata/v6/response') as {
  readonly decode: (raw: Buffer) => Promise<ClusterMetadata>;
  parse: (decoded: ClusterMetadata) => Promise<ClusterMetadata>;
};

/** Of AlterConfigs; the answer to its incremental form has the same bytes. `parse` throws for errors in it. */
export const alterConfigsResponse =
  require('kafkajs/src/protocol/requests/alterConfigs/v1/response') as KafkajsRequest<unknown>['response'];

export const produceResponse = require('kafkajs/src/protocol/requests/produce/v7/response') as {
  readonly decode: (raw: Buffer) => Promise<ProduceAnswer>;
};

interface ProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly baseOffset: string;
    }[];
  }[];
}

export const fetchRequest = require('kafkajs/src/protocol/requests/fetch/v11/request') as (
  options: object,
) => {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly encode: () => Promise<KafkajsEncoder>;
};

export const listOffsetsRequest = require('kafkajs/src/protocol/requests/listOffsets/v3/request') as (
  options: object,
) => KafkajsRequest<unknown>['request'];

export const listOffsetsResponse = require('kafkajs/src/protocol/requests/listOffsets/v3/response') as {
  readonly decode: (raw: Buffer) => Promise<ListOffsetsAnswer>;
};

interface ListOffsetsAnswer {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly offset: string;
    }[];
  }[];
}
