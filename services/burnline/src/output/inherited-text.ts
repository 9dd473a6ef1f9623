import type { Inherited, Measured } from '../suggest/inherited.ts';
import { counted, formatCount, formatNumber, formatTarget } from './format.ts';
import type { Output } from './output.ts';
import { shown } from './shown.ts';

/** Of many providers those with the most attempts are named. */
const PROVIDERS_SHOWN = 5;

/** Which targets promise more than what stands behind them gave. */
export function printInherited(all: readonly Inherited[], output: Output): void {
  output.line();
  if (all.length === 0) {
    output.prose('No SLO of availability has raw rows to be held against.', 'dim');
    return;
  }
  for (const one of all) {
    if (one.verdict === 'too-few')
      output.prose(
        `${one.slo}: ${counted(one.seen.total, 'request')}; it takes ${formatCount(one.requestsNeeded)} to hold ${targetText(one)} against its providers`,
        'dim',
      );
    else if (one.verdict === 'too-high') output.prose(`warning: ${inheritedText(one)}`, 'warn');
    else output.prose(`${one.slo}: ${seenText(one)}, as it promises`);
  }
}

/** What an SLO promises, and what it has from whom. */
export function inheritedText(one: Inherited): string {
  const { slo, providers, primary, depthCount } = one;
  const named = providers
    .slice(0, PROVIDERS_SHOWN)
    .map((own) => `${shown(own.provider) || '(none)'} ${percentOf(own)} of ${counted(own.total, 'attempt')}`);
  const more = providers.length - named.length;
  const list = [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
  const chain =
    depthCount === 1
      ? ''
      : `; with fallbacks ${percentText(one.independentRatio)} if each failed independently of the others`;
  return `${slo} promises ${targetText(one)}; its providers gave ${percentOf(primary)} at the first attempt (${list})${chain}; ${seenText(one)}`;
}

const seenText = ({ seen }: Inherited): string =>
  `${percentOf(seen)} of ${counted(seen.total, 'request')} were good as callers saw them`;

const targetText = ({ target }: Inherited): string => formatTarget(target.numerator / target.denominator);

const percentOf = ({ good, total }: Measured): string => (total === 0 ? '-' : percentText(good / total));

/** More digits than elsewhere: targets of four nines are held against it. */
const percentText = (ratio: number): string =>
  `${formatNumber(Number((ratio * 100).toPrecision(15)), { digits: 3, boundaries: [0, 100] })} %`;
