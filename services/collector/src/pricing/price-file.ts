import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { LineCounter, isNode, parseDocument, type Document } from 'yaml';
import { isLiteLlmFile, readLiteLlmBook } from './litellm-book.ts';
import { ownBook } from './own-book.ts';
import type { PriceBook } from './price-book.ts';
import { PriceIssues, pricesInvalid, type Path } from './price-issues.ts';
import { readOwnPrices } from './read-own-prices.ts';

/** Four times LiteLLM's file. */
const PRICE_FILE_BYTES_MAX = 16 * 1024 * 1024;
const HASH_CHARS = 8;
const NAME_CHARS_MAX = 40;

/**
 * A file as a book. Rejects with COLLECTOR_PRICES_INVALID, which says of each mistake where it is, what was found and what
 * would be right.
 */
export async function readPriceFile(file: string): Promise<PriceBook> {
  return parsePriceFile(await readText(file), file);
}

/** Throws COLLECTOR_PRICES_INVALID. `file` names it for people and, without its folder, for events. */
export function parsePriceFile(text: string, file: string): PriceBook {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARS);
  const issues = new PriceIssues();
  const json = parseJson(text);
  if (isLiteLlmFile(json)) {
    const book = readLiteLlmBook(json, `litellm ${hash}`, issues);
    if (!issues.isEmpty) throw issues.toError(file, () => null);
    return book;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const [first = ''] = fault.message.split('\n', 1);
    throw pricesInvalid(`${file} is neither YAML nor JSON: ${first.replace(/:$/, '')}`);
  }
  const prices = readOwnPrices(document.toJS({ maxAliasCount: 100 }), issues);
  if (!issues.isEmpty) throw issues.toError(file, (place) => lineOf(document, lines, place));
  return ownBook(prices, `${path.basename(file).slice(0, NAME_CHARS_MAX)} ${prices.version ?? hash}`);
}

/** Undefined for what is no JSON: the file may be YAML, which says what is wrong with it. */
function parseJson(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of the place itself, or of the nearest above it that is there. */
function lineOf(document: Document, lines: LineCounter, place: Path): number | null {
  for (let length = place.length; length > 0; length -= 1) {
    const node = document.getIn(place.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return null;
}

async function readText(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size > PRICE_FILE_BYTES_MAX)
        throw pricesInvalid(`${file} is longer than ${PRICE_FILE_BYTES_MAX} bytes`);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'COLLECTOR_PRICES_INVALID') throw error;
    throw pricesInvalid(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {},
      error,
    );
  }
}
