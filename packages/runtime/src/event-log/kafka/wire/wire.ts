import type { CommittedPosition, PartitionId } from '../../event-log.ts';

/**
 * What a Kafka client must be able to do to carry the event log. One wire is a set of connections: a broker works on one
 * request of a connection at a time, so what may be kept waiting (joining a group) gets a wire of its own.
 *
 * Requests are sent once and answered partition by partition, errors as codes of Kafka's protocol; retries, order and what
 * an answer means are the adapter's. A request that fails as a whole rejects, and `client-errors.ts` reads why. A
 * connection that does not answer in time is cut by the wire.
 */
export interface KafkaWire {
  readonly isClosed: boolean;
  connect(): Promise<void>;
  /** Waits for requests under way, for a moment; then everything is cut. */
  close(): Promise<void>;

  /** Looks up anew who leads and coordinates what. Never rejects: a failure shows in the next request. */
  refresh(): Promise<void>;
  /** Partitions with their leaders; null if there is no such topic. Never creates one. */
  topic(name: string): Promise<TopicMetadata | null>;
  /** Forgets what is known of a topic, so that it is asked for again. */
  forget(name: string): void;
  /** The id of the broker that leads, as far as is known; null during an election or before the topic was looked up. */
  leaderOf(partition: PartitionId): number | null;

  /** Appends one batch to each partition, on all replicas in sync. */
  produce(leader: number, batches: readonly BatchToAppend[]): Promise<readonly AppendAnswer[]>;
  /** Whole batches, at least one where there is one. */
  fetch(
    leader: number,
    from: readonly FetchFrom[],
    wait: { readonly waitMsMax: number; readonly bytesMin: number; readonly bytesMax: number },
  ): Promise<readonly FetchedPartition[]>;
  /** First offsets, or the ends as readers see them. */
  offsets(
    leader: number,
    partitions: readonly PartitionId[],
    of: 'start' | 'end',
  ): Promise<readonly OffsetAnswer[]>;
  /** Requests to the group's coordinator, which is looked up where it is not known. */
  group(groupId: string): GroupRequests;
  /** Sets some of a topic's settings and leaves all others as they are at that moment. */
  setTopicConfigs(topic: string, values: ReadonlyMap<string, string>): Promise<void>;
}

/** The classic protocol of consumer groups. */
export interface GroupRequests {
  join(request: JoinRequest): Promise<JoinAnswer>;
  /** The member's share; the leader gives everybody's. */
  sync(member: MemberIdentity, shares: readonly MemberShare[]): Promise<Buffer>;
  heartbeat(member: MemberIdentity): Promise<void>;
  leave(memberId: string): Promise<void>;
  commit(member: MemberIdentity, positions: readonly CommittedPosition[]): Promise<void>;
  /** In the order asked for; partitions without a commit are left out. */
  committed(partitions: readonly PartitionId[]): Promise<readonly CommittedPosition[]>;
}

export interface TopicMetadata {
  readonly topic: string;
  readonly partitionMetadata: readonly {
    readonly partitionId: number;
    /** -1 while there is none. */
    readonly leader: number;
    readonly replicas: readonly number[];
  }[];
}

export interface BatchToAppend extends PartitionId {
  /** A record batch, version 2. */
  readonly batch: Buffer;
}

export interface AppendAnswer extends PartitionId {
  readonly errorCode: number;
  readonly baseOffset: number;
}

export interface FetchFrom extends PartitionId {
  readonly offset: number;
  readonly bytesMax: number;
}

/** One partition's part of a fetch answer; its records still as the broker sent them. */
export interface FetchedPartition extends PartitionId {
  readonly errorCode: number;
  /** The end as readers see it. */
  readonly endOffset: number;
  readonly records: Buffer;
}

export interface OffsetAnswer extends PartitionId {
  readonly errorCode: number;
  readonly offset: number;
}

export interface MemberIdentity {
  readonly generationId: number;
  readonly memberId: string;
}

export interface MemberShare {
  readonly memberId: string;
  readonly memberAssignment: Buffer;
}

export interface JoinRequest {
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Empty for a newcomer. */
  readonly memberId: string;
  readonly protocol: { readonly name: string; readonly metadata: Buffer };
}

export interface JoinAnswer extends MemberIdentity {
  readonly leaderId: string;
  /** For the leader alone. */
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}
