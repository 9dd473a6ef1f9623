/** Figures for people, as the reading side writes them: reports have them too. `--json` gives the raw ones. */
export {
  counted,
  formatBurnRate,
  formatCount,
  formatLabels,
  formatNumber,
  formatPercent,
  formatTarget,
  instantText as formatInstant,
} from '@burnline/reading';
