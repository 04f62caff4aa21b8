// Owns the text of partition directories: `column=value`, escaped as Hive and Spark do. It never touches a file system.
import { PlanError, ValueError } from '../errors/named-errors.js';

/** Directory value that stands for null, and for the empty string, as in Hive and Spark. */
export const nullPartition = '__HIVE_DEFAULT_PARTITION__';

/** File systems take no longer name. */
const maxSegmentBytes = 255;

/**
 * The characters that Spark escapes (`ExternalCatalogUtils.charToEscape`, without its additions for Windows).
 * A space and non-ASCII characters stay as they are.
 */
const escaped: ReadonlySet<string> = new Set([
  ...Array.from({ length: 0x1f }, (_, at) => String.fromCharCode(at + 1)),
  '\x7f',
  ...'"#%\'*/:=?\\{[]^',
]);
const loneSurrogate = /\p{Surrogate}/u;

/** Replaces what could not stand in a file name by `%` and two hexadecimal digits. */
export function escapeText(text: string): string {
  let result = '';
  for (const character of text) {
    result += escaped.has(character) ? `%${hex(character.charCodeAt(0))}` : character;
  }
  return result;
}

/** Undoes `escapeText`; also reads escapes that other writers made of other characters below 256. */
export function unescapeText(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/**
 * One directory name: `origin_state=CA`.
 * @param value text of the value; null and the empty string both become `__HIVE_DEFAULT_PARTITION__`
 * @param row number of the row that brought the value, for the message
 * @throws ValueError for a value that no reader would get back: NUL, a lone surrogate, the null marker itself, or
 *   more than 255 bytes of UTF-8 once escaped
 */
export function partitionSegment(column: string, value: string | null, row: number): string {
  if (value === null || value === '') return `${escapeText(column)}=${nullPartition}`;
  const segment = `${escapeText(column)}=${isNullWord(value) ? escapeFirst(value) : escapeText(value)}`;
  const problem = problemOf(value, segment);
  if (problem === undefined) return segment;
  throw new ValueError(
    `Row ${row} of the write has a value in column "${column}" that cannot name a partition directory: ${problem}. ` +
      `Change or drop such values in a stage before this output, or partition by another column.`,
    { operation: 'split batch', context: { column, row } },
  );
}

/** DuckDB takes a directory value of these letters for null, unless one of them is escaped; others read it as text either way. */
function isNullWord(value: string): boolean {
  return /^null$/i.test(value);
}

function escapeFirst(value: string): string {
  return `%${hex(value.charCodeAt(0))}${value.slice(1)}`;
}

function problemOf(value: string, segment: string): string | undefined {
  if (value.includes('\0')) return 'it contains a NUL character';
  if (loneSurrogate.test(value)) return 'it contains half of a surrogate pair';
  if (value === nullPartition) return `it is "${nullPartition}", which readers take for null`;
  const bytes = Buffer.byteLength(segment);
  if (bytes <= maxSegmentBytes) return undefined;
  return `its directory name has ${bytes} bytes, and file systems take ${maxSegmentBytes}`;
}

/** Throws a PlanError for a column name that readers could not get back from a directory name. */
export function checkPartitionColumn(column: string): void {
  const problem = columnProblem(column);
  if (problem === undefined) return;
  throw new PlanError(
    `partitionBy names the column ${JSON.stringify(column)}, ${problem}. Rename it in a stage.`,
    {
      operation: 'declare file sink',
      context: { column },
    },
  );
}

function columnProblem(column: string): string | undefined {
  if (column === '') return 'which has no name';
  if (column.startsWith('.')) return 'which begins with a dot, and readers skip hidden directories';
  if (column.includes('\0')) return 'which contains a NUL character';
  if (loneSurrogate.test(column)) return 'which contains half of a surrogate pair';
  const room = maxSegmentBytes - nullPartition.length - 1;
  return Buffer.byteLength(escapeText(column)) > room ? `which is longer than ${room} bytes` : undefined;
}

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(2, '0');
}
