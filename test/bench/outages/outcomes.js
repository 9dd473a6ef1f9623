/** Alertmanager's default group_interval: what stops and comes back within it is one notification. */
const APART_S = 300;
/** What fires so soon after an outage is of it: the windows are still full of it. */
const AFTER_S = 3_600;

/** Stretches of one series, its tiers together, as somebody is told of them. */
function notifications(stretches) {
  const told = [];
  for (const { fromS, toS } of stretches.toSorted((a, b) => a.fromS - b.fromS)) {
    const last = told.at(-1);
    if (last !== undefined && fromS <= last.toS + APART_S) last.toS = Math.max(last.toS, toS);
    else told.push({ fromS, toS });
  }
  return told;
}

const bySeries = (alerts) =>
  [...new Set(alerts.map(({ series }) => series))].flatMap((name) =>
    notifications(alerts.filter(({ series }) => series === name)),
  );

/** Minutes to the first that fires in an outage, or fired when it began; null: none did. */
function detectedMin(told, { fromS, toS }) {
  const found = told
    .filter((one) => one.fromS < toS && one.toS > fromS)
    .map((one) => Math.max(0, one.fromS - fromS));
  return found.length === 0 ? null : Math.min(...found) / 60;
}

/** What alerts made of the outages of a stream. Pages outside of them are scaled to thirty days. */
export function outcomeOf(alerts, outages, lengthS) {
  const [all, pages] = [bySeries(alerts), bySeries(alerts.filter(({ isPage }) => isPage))];
  const isOf = (page, { fromS, toS }) => page.fromS >= fromS && page.fromS < toS + AFTER_S;
  const within = pages.filter((page) => outages.some((outage) => isOf(page, outage)));
  return {
    told: outages.map((outage) => detectedMin(all, outage)),
    paged: outages.map((outage) => detectedMin(pages, outage)),
    pagesPerOutage: within.length / outages.length,
    falsePagesPerMonth: ((pages.length - within.length) * 30 * 86_400) / lengthS,
  };
}
