/** Figures of several runs: printed as their median with the smallest and the largest, never asserted. */
export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** The value below which this share of the values lies. */
export const quantile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

export function show(value) {
  const size = Math.abs(value);
  const maximumFractionDigits = size < 10 ? 2 : size < 100 ? 1 : 0;
  return value.toLocaleString('en-US', { maximumFractionDigits });
}

const spread = (values) =>
  `${show(median(values)).padStart(10)}  (${show(Math.min(...values))} to ${show(Math.max(...values))})`;

/** Keeps the figures of the runs by name, in the order in which they came first. */
export class Figures {
  #values = new Map();

  keep(figures) {
    for (const [name, value] of Object.entries(figures))
      this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
  }

  print(title) {
    console.log(`${title}; Node ${process.version}: median (smallest to largest)`);
    for (const [name, values] of this.#values) console.log(`  ${name.padEnd(58)}${spread(values)}`);
  }
}

export function progress(text) {
  process.stderr.write(`${text}\n`);
}
