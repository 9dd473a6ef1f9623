/** What two judges said of the same things; all of them are sorted by both. */
export interface JudgePair {
  readonly bothPassed: number;
  readonly bothFailed: number;
  readonly onlyFirstPassed: number;
  readonly onlySecondPassed: number;
}

/**
 * Cohen's kappa (1960): how much more two judges agree than they would by chance, each with their own pass rate. 1: always, 0: as by
 * chance, negative: less. Null where nothing was judged by both, and where chance alone agrees always (both said one thing of everything).
 */
export function cohensKappa(pair: JudgePair): number | null {
  const { bothPassed, bothFailed, onlyFirstPassed, onlySecondPassed } = pair;
  const total = bothPassed + bothFailed + onlyFirstPassed + onlySecondPassed;
  const [first, second] = [bothPassed + onlyFirstPassed, bothPassed + onlySecondPassed];
  // In counts: of total squared, so that what is exactly chance comes out as exactly that.
  const agreed = (bothPassed + bothFailed) * total;
  const byChance = first * second + (total - first) * (total - second);
  return total * total === byChance ? null : (agreed - byChance) / (total * total - byChance);
}
