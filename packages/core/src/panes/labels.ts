/** What stands in a label beyond the cap on groups: which events it holds is written in no row. */
export const OTHER_LABEL = '__other__';

/** Whether a series has all of some group values. */
export const hasLabels = (
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean => Object.entries(wanted).every(([name, value]) => labels[name] === value);
