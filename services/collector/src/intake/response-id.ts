import { MAP_VALUE_CHARS_MAX } from '@burnline/contracts';
import { RESPONSE_ID_ATTRIBUTE } from '@burnline/core';

/** The attribute by which verdicts find the event of an answer; none for an id that no attribute holds. */
export function responseIdAttribute(id: string | null): Readonly<Record<string, string>> {
  return id === null || id.length > MAP_VALUE_CHARS_MAX ? {} : { [RESPONSE_ID_ATTRIBUTE]: id };
}
