export { attribute, attributeWorstPart, entityContribution } from './attribution/attribution.ts';
export type { AttributeQuery } from './attribution/attribution.ts';
export { explainBad } from './attribution/explain-bad.ts';
export type { ExplainedBad, ExplainedPart, PartValue } from './attribution/explain-bad.ts';
export { comparisonAnswer, comparisonWord } from './comparison/comparison-words.ts';
export { readKnownArms, readTwoArms, specsAsked } from './comparison/two-arms.ts';
export type { ArmsAsked, KnownArms, TwoArms } from './comparison/two-arms.ts';
export { readSpendForecast } from './cost/spend-forecast.ts';
export { leftOf } from './forecast/budget-left.ts';
export { rateWindowOf } from './forecast/budget-forecast.ts';
export type { BudgetForecast } from './forecast/budget-forecast.ts';
export { forecastSentence, forecastText, instantText, spanText } from './forecast/forecast-words.ts';
export { readForecasts } from './forecast/read-forecasts.ts';
export type { ForecastQuery } from './forecast/read-forecasts.ts';
export { seriesKeyOf } from './forecast/series-key.ts';
export { compareBinding, isJudged } from './service/binding-order.ts';
export type { ForecastBudget } from './service/binding-order.ts';
export { seriesToForecast, serviceView } from './service/service-view.ts';
export type { BudgetView, NestedBudget, ServiceView, StreamBudgets } from './service/service-view.ts';
export { budgetRoom } from './budget/budget-room.ts';
export type { BudgetRoom } from './budget/budget-room.ts';
export { WORST_FIRST, tierBurns, windowsBySeries, worstTier } from './burn/tier-word.ts';
export type { TierBurn } from './burn/tier-word.ts';
export { readFirstBad } from './alerts/first-bad.ts';
export { REPORT_KINDS } from './report/report-period.ts';
export type { ReportKind } from './report/report-period.ts';
export { readToldReport } from './report/told-report.ts';
export type { ReportRequest, ToldReport } from './report/told-report.ts';
export { REPORT_FORMATS, writtenReport } from './report/written/written-report.ts';
export type { ReportFormat } from './report/written/written-report.ts';
export { REPORT_PAGE_POLICY } from './report/written/report-html.ts';
export {
  counted,
  formatBurnRate,
  formatCount,
  formatLabels,
  formatNumber,
  formatPercent,
  formatTarget,
} from './words/format.ts';
export { markdownTable, markdownText } from './words/markdown.ts';
export { cut, shown, shownLines, widthOf } from './words/shown.ts';
export type {
  Report,
  ReportAlert,
  ReportBudget,
  ReportBurnDown,
  ReportChange,
  ReportCost,
  ReportDue,
  ReportFigures,
} from './report/report.ts';
export { readDriftFigures, readStandingEntities } from './derived/derived-figures.ts';
