import { ClickHouseError } from './clickhouse-error.ts';

const MAX_FIELDS = 1000;

/** The boundary of a multipart/form-data body, which some clients use for a query with long parameters. */
export function multipartBoundary(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^multipart\/form-data/i.test(contentType)) return undefined;
  const match = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/**
 * Text fields of a multipart body by name. Throws ClickHouseError 48 for a file: external tables are not supported.
 */
export function readMultipart(body: Buffer, boundary: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const parts = body.toString('latin1').split(`--${boundary}`, MAX_FIELDS + 3);
  if (parts.length > MAX_FIELDS + 2) {
    throw new ClickHouseError(36, 'BAD_ARGUMENTS', `More than ${MAX_FIELDS} fields in a multipart body`);
  }
  for (const part of parts.slice(1, -1)) {
    const split = part.indexOf('\r\n\r\n');
    const head = part.slice(0, split);
    const name = /name="([^"]*)"/.exec(head)?.[1];
    if (split === -1 || name === undefined) {
      throw new ClickHouseError(36, 'BAD_ARGUMENTS', 'A part of the multipart body has no name');
    }
    if (/filename=/i.test(head) || name.endsWith('_structure')) {
      throw new ClickHouseError(
        48,
        'NOT_IMPLEMENTED',
        'The embedded engine does not support external tables',
      );
    }
    // The line end before the next boundary belongs to the boundary.
    fields.set(decode(name), decode(part.slice(split + 4).replace(/\r\n$/, '')));
  }
  return fields;
}

function decode(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
