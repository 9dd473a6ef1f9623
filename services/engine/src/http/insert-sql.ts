import type { InsertThroughSelect, InsertWithData } from '../sql/insert-statement.ts';
import { stringLiteral } from '../sql/sql-tokens.ts';

/** The statement that inserts from the file what the request would have inserted from its body. */
export function insertSql(head: Buffer, shape: InsertWithData | InsertThroughSelect, path: string): string {
  const text = (start: number, end: number): string => head.subarray(start, end).toString();
  if (shape.kind === 'insert-data') {
    const settings = Buffer.from(shape.settings, 'latin1').toString();
    const source = `FROM INFILE ${stringLiteral(path)} COMPRESSION 'none'`;
    // Line ends: what comes before may end in a comment.
    return `${text(0, shape.targetEnd)}\n${source} ${settings}\nFORMAT ${shape.format}`;
  }
  const structure = shape.structure === '' ? "'auto'" : Buffer.from(shape.structure, 'latin1').toString();
  const source = `file(${stringLiteral(path)}, ${stringLiteral(shape.format)}, ${structure}, 'none')`;
  return `${text(0, shape.inputStart)}${source}${text(shape.inputEnd, shape.statementEnd)}`;
}
