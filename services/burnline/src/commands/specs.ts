import { loadSpecs, type SpecFile } from '@burnline/specs';
import type { SloPlan } from '@burnline/core';
import { checkSpecsFound, readSpecFiles } from '@burnline/judging';
import type { Output } from '../output/output.ts';

/** Reads and checks specs; null if they have mistakes, all of which have been printed. */
export async function loadPlans(
  paths: readonly string[],
  output: Output,
): Promise<readonly SloPlan[] | null> {
  return plansOf(await readSpecFiles(paths), output);
}

/** Checks specs that were read; null if they have mistakes, all of which have been printed. */
export function plansOf(files: readonly SpecFile[], output: Output): readonly SloPlan[] | null {
  const loaded = loadSpecs(files, { mode: 'tolerant' });
  const { plans, issues, warnings } = loaded;
  if (warnings.length > 0) output.issues(warnings, 'warning');
  if (issues.length === 0) {
    checkSpecsFound(files, loaded);
    return plans;
  }
  if (output.isJson) output.json({ issues });
  else output.issues(issues, 'mistake');
  return null;
}
