import type { ServiceChange } from '@burnline/queries';
import { cutText, oneLine } from '../../cut-text.ts';
import type { ToldChange } from '../receiver.ts';
import { eventLinksOf, LINK_LENGTH_MAX } from './links.ts';

/** Bounds of change events, in characters. */
const SUMMARY_LENGTH_MAX = 1_024;
const TEXT_LENGTH_MAX = 255;

const WORDS: Readonly<Record<ServiceChange['what'], string>> = {
  model_requested: 'asks for another model',
  model_served: 'is answered by another model',
  system_fingerprint: "has another fingerprint of its model's system",
  prompt_version: 'has another prompt',
  deployment: 'has another deployment',
  variant: 'has another variant',
  spec_revision: 'is judged by another spec',
};

/** A change event of the Events API v2: it wakes nobody, and stands beside the incidents of its service. */
export function changeEventOf(change: ToldChange, routingKey: string): object {
  const { service, what, value, firstMs, page } = change;
  return {
    routing_key: routingKey,
    payload: {
      summary: cutText(oneLine(`${service} ${WORDS[what]}: ${value}`), SUMMARY_LENGTH_MAX),
      timestamp: new Date(firstMs).toISOString(),
      source: cutText(oneLine(service), TEXT_LENGTH_MAX) || 'burnline',
      custom_details: { service, what, value },
    },
    ...eventLinksOf(page !== undefined && page.href.length <= LINK_LENGTH_MAX ? [page] : []),
  };
}
