import type { CommittedPosition, PartitionId } from '../../event-log.ts';
import { groupedByTopic, partitionKey } from '../../partitions.ts';
import type { KafkajsBroker } from './kafkajs-internals.ts';
import type { GroupRequests, JoinAnswer, JoinRequest, MemberIdentity, MemberShare } from './wire.ts';

/** Sends to the coordinator as it is known, and looks it up where it is not. */
export type SendToCoordinator = <T>(
  groupId: string,
  work: (broker: KafkajsBroker) => Promise<T>,
) => Promise<T>;

/** The requests of one group, by kafkajs's encoders. */
export class CoordinatorRequests implements GroupRequests {
  readonly #groupId: string;
  readonly #send: SendToCoordinator;

  constructor(groupId: string, send: SendToCoordinator) {
    this.#groupId = groupId;
    this.#send = send;
  }

  join({ sessionTimeoutMs, rebalanceTimeoutMs, memberId, protocol }: JoinRequest): Promise<JoinAnswer> {
    const groupId = this.#groupId;
    return this.#send(groupId, (broker) =>
      broker.joinGroup({
        groupId,
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: rebalanceTimeoutMs,
        memberId,
        groupProtocols: [protocol],
      }),
    );
  }

  async sync({ generationId, memberId }: MemberIdentity, shares: readonly MemberShare[]): Promise<Buffer> {
    const request = { groupId: this.#groupId, generationId, memberId, groupAssignment: shares };
    const answer = await this.#send(this.#groupId, (broker) => broker.syncGroup(request));
    return answer.memberAssignment;
  }

  async heartbeat(member: MemberIdentity): Promise<void> {
    await this.#send(this.#groupId, (broker) => broker.heartbeat(this.#identityOf(member)));
  }

  async leave(memberId: string): Promise<void> {
    const request = { groupId: this.#groupId, memberId };
    await this.#send(this.#groupId, (broker) => broker.leaveGroup(request));
  }

  async commit(member: MemberIdentity, positions: readonly CommittedPosition[]): Promise<void> {
    const topics = [...groupedByTopic(positions)].map(([topic, ofTopic]) => ({
      topic,
      partitions: ofTopic.map(({ partition, offset, metadata }) => ({
        partition,
        offset: String(offset),
        metadata,
      })),
    }));
    const request = { ...this.#identityOf(member), topics };
    await this.#send(this.#groupId, (broker) => broker.offsetCommit(request));
  }

  async committed(partitions: readonly PartitionId[]): Promise<readonly CommittedPosition[]> {
    const topics = [...groupedByTopic(partitions)].map(([topic, ofTopic]) => ({
      topic,
      partitions: ofTopic.map(({ partition }) => ({ partition })),
    }));
    const request = { groupId: this.#groupId, topics };
    const { responses } = await this.#send(this.#groupId, (broker) => broker.offsetFetch(request));
    const found = new Map(
      responses.flatMap(({ topic, partitions: answered }) =>
        answered.map((one) => [partitionKey({ topic, partition: one.partition }), one] as const),
      ),
    );
    return partitions.flatMap(({ topic, partition }) => {
      const one = found.get(partitionKey({ topic, partition }));
      const offset = Number(one?.offset ?? -1);
      return offset < 0 ? [] : [{ topic, partition, offset, metadata: one?.metadata ?? '' }];
    });
  }

  #identityOf({ generationId, memberId }: MemberIdentity) {
    return { groupId: this.#groupId, groupGenerationId: generationId, memberId };
  }
}
