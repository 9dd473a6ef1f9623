import type { Observation } from './observation.ts';

/**
 * Streams that are dropped where they are, neither read to their end nor left: their garbage collection is all that can
 * be noticed. One that is held for ever has not ended, and leaves no event.
 */
const held = new FinalizationRegistry<Observation>((observation) => {
  observation.left('abandoned');
});

/** From now on, the observation ends with this object at the latest; one that was watched for it before is let go. */
export function watchAbandonment(reads: object, observation: Observation): void {
  held.unregister(observation);
  held.register(reads, observation, observation);
}
