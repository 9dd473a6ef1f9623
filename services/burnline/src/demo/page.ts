import { durationText } from '@burnline/core';
import { formatCount, formatLabels, formatPercent } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { shown } from '../output/shown.ts';
import type { Notification } from './webhook-receiver.ts';

/** The page that says most: of the most urgent ones that which stands on the most bad events. */
export function worthReading(pages: readonly Notification[]): Notification | undefined {
  return [...pages]
    .filter(({ severity }) => severity === 'SEV-1' || severity === 'SEV-2')
    .sort((a, b) => a.severity.localeCompare(b.severity) || b.long_window.bad - a.long_window.bad)[0];
}

/** Shows a page as the receiver got it, with what it was decided on. */
export function printPage(
  page: Notification,
  context: { readonly receivedCount: number },
  output: Output,
): void {
  const { long_window: long, short_window: short } = page;
  const window = (one: Notification['long_window']): string =>
    `${durationText(one.seconds * 1_000)}: ${formatCount(one.bad)} bad of ${formatCount(one.total)} ` +
    `(${formatPercent(one.total === 0 ? null : one.bad / one.total)})`;
  output.line(output.tone('strong', `One of the ${context.receivedCount} pages that the webhook received`));
  output.line(
    `  ${output.tone('bad', page.severity)}  ${page.display_name} of ${page.service}, ${formatLabels(page.labels)}`,
  );
  output.prose(`  at        ${page.evaluated_at} (stream ${page.stream})`);
  output.prose(
    `  rule      burn rate of ${page.burn_rate_factor}x or more over both windows, target ${page.target}`,
  );
  output.prose(`  windows   ${window(long)}; ${window(short)}`);
  output.line(`  coverage  ${formatPercent(Math.floor(page.coverage * 1_000) / 1_000, 1)}`);
  const culprits = page.attribution.slice(0, 4).map((one) => {
    return `${one.dimension} ${one.value}: ${formatCount(one.bad)} bad of ${formatCount(one.total)}`;
  });
  if (culprits.length > 0) output.prose(`  where     ${shown(culprits.join('; '))}`);
  output.line(`  key       ${page.decision_key}`);
}
