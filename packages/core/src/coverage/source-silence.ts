import { SOURCE_LOST_MS } from './source-coverage.ts';

/** The life of one source of a service as the log heard of it, epoch ms. */
export interface SourceLife {
  /** Sources of one environment stand in for each other, whatever their names. */
  readonly environment: string;
  readonly firstHeardMs: number;
  readonly lastHeardMs: number;
  /** Its last report said that it stops. */
  readonly isStopped: boolean;
  /** It has fed events at some time: the loss of one that never did takes nothing away. */
  readonly hasFed: boolean;
}

/** What a service's sources say about silence. Times are epoch ms; null: there is no such source. */
export interface SourceSilence {
  /** A source reports: where nothing comes, there is nothing. */
  readonly isAlive: boolean;
  /** When the newest source that stopped in order was last heard of. */
  readonly stoppedAtMs: number | null;
  /** When the newest source that was lost and not followed by another was last heard of. */
  readonly lostAtMs: number | null;
  /** The same of those that were lost and followed by another: data may have come back, series by series. */
  readonly followedAtMs: number | null;
}

/**
 * Tells rest from loss. A source that is silent for longer than reports may be late, and had not said that it stops, is
 * lost. It is followed by a source of its environment that was first heard of after it, a restarted process under another
 * name for one; each follows one, so that of two that were lost and one that came back, one is still missing.
 */
export function sourceSilence(lives: readonly SourceLife[], atMs: number): SourceSilence {
  const isSilent = (life: SourceLife): boolean => life.lastHeardMs <= atMs - SOURCE_LOST_MS;
  const lost = lives.filter((life) => !life.isStopped && life.hasFed && isSilent(life));
  const followed = followedOf(lost, lives);
  const latest = (some: readonly SourceLife[]): number | null =>
    some.reduce<number | null>((max, { lastHeardMs }) => Math.max(max ?? lastHeardMs, lastHeardMs), null);
  return {
    isAlive: lives.some((life) => !life.isStopped && !isSilent(life)),
    stoppedAtMs: latest(lives.filter((life) => life.isStopped)),
    lostAtMs: latest(lost.filter((life) => !followed.has(life))),
    followedAtMs: latest(lost.filter((life) => followed.has(life))),
  };
}

/** First lost, first followed: by the earliest source of the environment that follows none yet. */
function followedOf(lost: readonly SourceLife[], lives: readonly SourceLife[]): ReadonlySet<SourceLife> {
  const followed = new Set<SourceLife>();
  const byFirst = [...lives].sort((a, b) => a.firstHeardMs - b.firstHeardMs);
  const next = new Map<string, number>();
  for (const life of [...lost].sort((a, b) => a.lastHeardMs - b.lastHeardMs)) {
    const { environment, lastHeardMs } = life;
    let index = next.get(environment) ?? 0;
    const isFollower = (one: SourceLife): boolean =>
      one.environment === environment && one.firstHeardMs > lastHeardMs;
    for (let one = byFirst[index]; one !== undefined && !isFollower(one); one = byFirst[index]) index += 1;
    if (index < byFirst.length) followed.add(life);
    next.set(environment, index + 1);
  }
  return followed;
}
