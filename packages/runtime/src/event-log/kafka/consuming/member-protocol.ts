import { invariant } from '@burnline/core';
import kafkajs from 'kafkajs';
import type { PartitionId } from '../../event-log.ts';
import { groupedByTopic } from '../../partitions.ts';
import type { GroupMember } from './sticky-assigner.ts';

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol;

/** What members of a group tell each other, in the form of Kafka's consumers, by kafkajs's public encoders. */
export const PROTOCOL = 'burnline-sticky';
const METADATA_VERSION = 1;
const NO_USER_DATA = Buffer.alloc(0);

/** What a member says it had. */
interface Claim {
  readonly generationId: number;
  readonly partitions: readonly PartitionId[];
}

export function encodeShare(share: readonly PartitionId[]): Buffer {
  return MemberAssignment.encode({
    version: METADATA_VERSION,
    assignment: byTopic(share),
    userData: NO_USER_DATA,
  });
}

export function encodeMember(topics: readonly string[], current: Claim | null): Buffer {
  const previous =
    current === null ? null : { generationId: current.generationId, partitions: byTopic(current.partitions) };
  return MemberMetadata.encode({
    version: METADATA_VERSION,
    topics: [...topics],
    userData: Buffer.from(JSON.stringify({ previous })),
  });
}

export function decodeMember(memberId: string, metadata: Buffer): GroupMember {
  const decoded = MemberMetadata.decode(metadata);
  invariant(decoded !== null, 'a member says what it reads');
  const { topics, userData } = decoded;
  const { previous } = JSON.parse(String(userData)) as {
    readonly previous: {
      readonly generationId: number;
      readonly partitions: Readonly<Record<string, readonly number[]>>;
    } | null;
  };
  return {
    memberId,
    topics,
    previous:
      previous === null
        ? null
        : { generationId: previous.generationId, partitions: flattened(previous.partitions) },
  };
}

export function decodeShare(memberAssignment: Buffer): PartitionId[] {
  return flattened(MemberAssignment.decode(memberAssignment)?.assignment ?? {});
}

function byTopic(partitions: readonly PartitionId[]): Record<string, number[]> {
  const grouped = [...groupedByTopic(partitions)];
  return Object.fromEntries(
    grouped.map(([topic, ofTopic]) => [topic, ofTopic.map(({ partition }) => partition)]),
  );
}

function flattened(partitions: Readonly<Record<string, readonly number[]>>): PartitionId[] {
  return Object.entries(partitions).flatMap(([topic, numbers]) =>
    numbers.map((partition) => ({ topic, partition })),
  );
}
