import { isEnding } from '@burnline/core';
import { cutText, oneLine } from '../../cut-text.ts';
import { worstOf } from '../bundle-key.ts';
import { commandOf, factsOf, linksOf, seriesText } from '../facts.ts';
import type { Link, Notice } from '../notice.ts';
import { groupSummaryOf, summaryOf } from '../words.ts';

/** Bounds of Block Kit, in characters; a message has at most 50 blocks, of which series take one each. */
const HEADER_LENGTH_MAX = 150;
const SECTION_LENGTH_MAX = 3_000;
const FIELD_LENGTH_MAX = 2_000;
const FIELDS_MAX = 10;
const URL_LENGTH_MAX = 3_000;
/** Of a message's text, which notifications on a phone show; Slack cuts it at 40,000. */
const TEXT_LENGTH_MAX = 4_000;
/** Series that one message names. */
export const SERIES_MAX = 20;

const END_MARK = ':white_check_mark:';
const FREEZE_MARK = ':snowflake:';
const BURN_MARK = ':red_circle:';

/** One message for an alert, or for several of one SLO and tier. */
export function messageOf(notices: readonly Notice[]): object {
  const worst = worstOf(notices);
  const { decision } = worst.telling;
  const text = notices.length === 1 ? summaryOf(worst) : groupSummaryOf(worst, notices);
  const [head = ''] = text.split(': ', 1);
  const links = linksOf(worst, URL_LENGTH_MAX);
  const mark = isEnding(decision.kind) ? END_MARK : decision.kind === 'freeze' ? FREEZE_MARK : BURN_MARK;
  const rest = notices.length === 1 ? fieldsOf(worst) : notices.map(seriesBlockOf);
  return {
    text: escaped(text, TEXT_LENGTH_MAX),
    blocks: [
      {
        type: 'header',
        text: {
          type: 'plain_text',
          text: cutText(oneLine(`${mark} ${head}`), HEADER_LENGTH_MAX),
          emoji: true,
        },
      },
      { type: 'section', text: markdown(text, SECTION_LENGTH_MAX) },
      ...rest,
      ...(links.length === 0 ? [] : [buttonsOf(links)]),
      {
        type: 'context',
        elements: [
          markdown(commandOf(decision), FIELD_LENGTH_MAX),
          ...(notices.length === 1 ? [markdown(decision.alertKey, FIELD_LENGTH_MAX)] : []),
        ],
      },
    ],
  };
}

function fieldsOf(notice: Notice): readonly object[] {
  const fields = factsOf(notice).slice(0, FIELDS_MAX);
  return [
    {
      type: 'section',
      fields: fields.map(({ name, text }) => ({
        type: 'mrkdwn',
        text: `*${name}*\n${escaped(text, FIELD_LENGTH_MAX - name.length - 3)}`,
        verbatim: true,
      })),
    },
  ];
}

/** Of one series among several, with what it is ended by. */
function seriesBlockOf(notice: Notice): object {
  const { alertKey } = notice.telling.decision;
  return {
    type: 'context',
    elements: [markdown(seriesText(notice), FIELD_LENGTH_MAX), markdown(alertKey, FIELD_LENGTH_MAX)],
  };
}

const buttonsOf = (links: readonly Link[]): object => ({
  type: 'actions',
  elements: links.map(({ name, href, text }) => ({
    ...{ type: 'button', text: { type: 'plain_text', text }, url: href, action_id: name },
  })),
});

const markdown = (text: string, lengthMax: number): object => ({
  type: 'mrkdwn',
  text: escaped(text, lengthMax),
  // No name in an event becomes a channel or a link.
  verbatim: true,
});

/** As Slack shows it literally: what stands in an event must not call a channel or become a link. No entity is cut in two. */
function escaped(text: string, lengthMax: number): string {
  const whole = entitiesOf(oneLine(text));
  if (whole.length <= lengthMax) return whole;
  let written = '';
  for (const character of oneLine(text)) {
    const next = entitiesOf(character);
    if (written.length + next.length >= lengthMax) break;
    written += next;
  }
  return `${written}…`;
}

const entitiesOf = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
