/** Where the receivers stand in the decision log; what a commit carries. */
export interface LanePositions {
  /** Everything before it is in the tables, and every receiver that is not listed is done with it. */
  readonly frontOffset: number;
  /** Receivers that are behind the front, by name: the first offset that is not finished. */
  readonly behind: ReadonlyMap<string, number>;
}

/** What a commit's metadata may hold, see CommittedPosition. */
const METADATA_LENGTH_MAX = 4_096;

export function firstUnfinished({ frontOffset, behind }: LanePositions): number {
  return Math.min(frontOffset, ...behind.values());
}

/** Empty where too many receivers are behind: then all go on from the committed offset, and some hear keys again. */
export function lanePositionsText({ frontOffset, behind }: LanePositions): string {
  if (behind.size === 0) return '';
  const text = JSON.stringify({ front: frontOffset, behind: Object.fromEntries(behind) });
  return text.length > METADATA_LENGTH_MAX ? '' : text;
}

/** Without metadata everybody stands at the committed offset. */
export function parseLanePositions(position: number, metadata: string): LanePositions {
  if (metadata === '') return { frontOffset: position, behind: new Map() };
  const { front, behind } = JSON.parse(metadata) as { front: number; behind: Record<string, number> };
  return { frontOffset: front, behind: new Map(Object.entries(behind)) };
}
