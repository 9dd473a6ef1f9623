import { isEnding } from '@burnline/core';
import { cutText, oneLine } from '../../cut-text.ts';
import { worstOf } from '../bundle-key.ts';
import { commandOf, factsOf, linksOf, seriesText } from '../facts.ts';
import type { Notice } from '../notice.ts';
import { groupSummaryOf, summaryOf } from '../words.ts';

/**
 * Teams takes 28 KB per message, in bytes: of the longest texts that may stand here, each character three bytes, it is below
 * that.
 */
const SUMMARY_LENGTH_MAX = 800;
const LINE_LENGTH_MAX = 300;
const URL_LENGTH_MAX = 1_000;
/** Series that one message names. */
export const SERIES_MAX = 10;

/** A message with one Adaptive Card, as the Workflows webhook of Teams takes it. */
export function cardMessageOf(notices: readonly Notice[]): object {
  const worst = worstOf(notices);
  const { decision } = worst.telling;
  const text = notices.length === 1 ? summaryOf(worst) : groupSummaryOf(worst, notices);
  const links = linksOf(worst, URL_LENGTH_MAX);
  const lines = notices.length === 1 ? factLinesOf(worst) : notices.flatMap(seriesLinesOf);
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      paragraph([
        run(text, SUMMARY_LENGTH_MAX, {
          weight: 'Bolder',
          color: isEnding(decision.kind) ? 'Good' : 'Attention',
        }),
      ]),
      ...lines,
      paragraph([run(commandOf(decision), LINE_LENGTH_MAX, { isSubtle: true, fontType: 'Monospace' })]),
    ],
    ...(links.length > 0 && {
      actions: links.map(({ href, text: title }) => ({ type: 'Action.OpenUrl', title, url: href })),
    }),
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

function factLinesOf(notice: Notice): readonly object[] {
  const facts = factsOf(notice).map(({ name, text }) =>
    paragraph([run(`${name}: `, LINE_LENGTH_MAX, { weight: 'Bolder' }), run(text, LINE_LENGTH_MAX, {})]),
  );
  return [...facts, keyLineOf(notice)];
}

const seriesLinesOf = (notice: Notice): readonly object[] => [
  paragraph([run(seriesText(notice), LINE_LENGTH_MAX, {})]),
  keyLineOf(notice),
];

/** What an alert is ended by. */
const keyLineOf = ({ telling }: Notice): object =>
  paragraph([run(telling.decision.alertKey, LINE_LENGTH_MAX, { isSubtle: true, fontType: 'Monospace' })]);

/** Runs of text hold no markup: what stands in an event becomes no link and calls nobody. */
const paragraph = (inlines: readonly object[]): object => ({ type: 'RichTextBlock', inlines });

function run(text: string, lengthMax: number, style: Readonly<Record<string, string | boolean>>): object {
  return { type: 'TextRun', text: cutText(oneLine(text), lengthMax), ...style };
}
