// Owns the check of the values of Parquet options, each alone and where two contradict each other.
import { type PlanError, shownOption } from '@tailrace/core/sink';
import type { ParquetColumnOptions } from './column-options.js';
import { codecs, levels } from './compression.js';
import type { ParquetOptions } from './declared-options.js';
import { engines } from './engine.js';

/** From JavaScript anything can come, whatever the types say. */
type Refuse = (message: string) => PlanError;

const encodings = ['adaptive', 'basic'] as const;
const maxRowGroupRows = 16 * 1024 * 1024;
const minRowGroupBytes = 1024;
const maxRowGroupBytes = 1024 * 1024 * 1024;
/** Where Arrow's writers keep the schema. */
const reservedKey = 'ARROW:schema';

/** Throws what `refuse` makes for the first option that is wrong. */
export function checkValues(options: ParquetOptions, refuse: Refuse): void {
  const { compression = 'snappy', compressionLevel: level, rowGroupRows, rowGroupBytes } = options;
  mustBeOneOf(refuse, 'compression', compression, codecs);
  mustBeOneOf(refuse, 'encodings', options.encodings ?? 'adaptive', encodings);
  mustBeOneOf(refuse, 'engine', options.engine ?? 'tailrace', engines);
  mustBeOneOf(refuse, 'pageVersion', options.pageVersion ?? 1, [1, 2]);
  mustBeWhole(refuse, 'rowGroupRows', rowGroupRows, 1, maxRowGroupRows);
  mustBeWhole(refuse, 'rowGroupBytes', rowGroupBytes, minRowGroupBytes, maxRowGroupBytes);
  const range = levels[compression];
  if (level !== undefined && range === undefined) {
    throw refuse(
      `compression ${compression} has no levels. Leave out compressionLevel, or choose gzip, brotli or zstd.`,
    );
  }
  if (range !== undefined) mustBeWhole(refuse, `compressionLevel of ${compression}`, level, ...range);
  mustBeBoolean(refuse, 'statistics', options.statistics);
  mustBeBoolean(refuse, 'pageIndex', options.pageIndex);
  if (options.statistics === false && options.pageIndex === true) {
    throw refuse(
      'pageIndex: true needs statistics, as an index of pages holds their bounds. Leave out statistics: false.',
    );
  }
  checkColumnValues(options, refuse);
  checkSortingValues(options, refuse);
  checkTexts(options, refuse);
}

function checkColumnValues(
  { columns = {}, encodings: allowed, statistics }: ParquetOptions,
  refuse: Refuse,
): void {
  mustBeRecord(refuse, 'columns', columns);
  const owners = new Map<number, string>();
  for (const [name, column] of Object.entries(columns)) {
    const of = `columns[${shownOption(name)}]`;
    mustBeRecord(refuse, of, column);
    const { encoding, fieldId }: ParquetColumnOptions = column;
    mustBeOneOf(refuse, `${of}.encoding`, encoding ?? 'plain', ['plain', 'delta']);
    mustBeBoolean(refuse, `${of}.dictionary`, column.dictionary);
    mustBeBoolean(refuse, `${of}.statistics`, column.statistics);
    mustBeBoolean(refuse, `${of}.bloomFilter`, column.bloomFilter);
    mustBeWhole(refuse, `${of}.fieldId`, fieldId, 0, 2 ** 31 - 1);
    if (encoding === 'delta' && allowed === 'basic') {
      throw refuse(`${of}.encoding is delta, which encodings: basic rules out. Leave out one of them.`);
    }
    if (column.statistics === true && statistics === false) {
      throw refuse(`${of}.statistics is true where statistics: false leaves out all. Leave out one of them.`);
    }
    if (fieldId === undefined) continue;
    const owner = owners.get(fieldId);
    if (owner !== undefined) {
      throw refuse(
        `the columns ${shownOption(owner)} and ${shownOption(name)} have the fieldId ${fieldId} both. Give each its own.`,
      );
    }
    owners.set(fieldId, name);
  }
}

function checkSortingValues({ sortedBy }: ParquetOptions, refuse: Refuse): void {
  if (sortedBy === undefined) return;
  if (!Array.isArray(sortedBy) || sortedBy.length === 0) {
    throw refuse(`sortedBy is a list such as [{ column: "day" }], not ${shownOption(sortedBy)}.`);
  }
  const seen = new Set<string>();
  for (const sorting of sortedBy) {
    mustBeRecord(refuse, 'each of sortedBy', sorting);
    const { column, descending, nullsFirst } = sorting;
    if (typeof column !== 'string')
      throw refuse(`sortedBy names columns as text, not ${shownOption(column)}.`);
    if (seen.has(column))
      throw refuse(`sortedBy names the column ${shownOption(column)} twice. Leave out one.`);
    seen.add(column);
    mustBeBoolean(refuse, 'sortedBy.descending', descending);
    mustBeBoolean(refuse, 'sortedBy.nullsFirst', nullsFirst);
  }
}

function checkTexts({ metadata = {}, createdBy }: ParquetOptions, refuse: Refuse): void {
  mustBeRecord(refuse, 'metadata', metadata);
  for (const [key, text] of Object.entries(metadata)) {
    if (key === reservedKey)
      throw refuse(`the metadata key ${reservedKey} is kept for the schema. Choose another.`);
    mustBeText(refuse, 'a key of metadata', key);
    mustBeText(refuse, `metadata[${shownOption(key)}]`, text);
  }
  if (createdBy === undefined) return;
  mustBeText(refuse, 'createdBy', createdBy);
  if (createdBy === '') throw refuse('createdBy is empty. Leave it out, or name an application.');
}

function mustBeOneOf<T>(refuse: Refuse, name: string, value: T, known: readonly T[]): void {
  if (!known.includes(value))
    throw refuse(`${name} is one of ${known.join(', ')}, not ${shownOption(value)}.`);
}

function mustBeWhole(
  refuse: Refuse,
  name: string,
  value: number | undefined,
  from: number,
  to: number,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return;
  throw refuse(`${name} is a whole number from ${from} to ${to}, not ${shownOption(value)}.`);
}

function mustBeBoolean(refuse: Refuse, name: string, value: boolean | undefined): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw refuse(`${name} is true or false, not ${shownOption(value)}.`);
  }
}

function mustBeRecord(refuse: Refuse, name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(`${name} is an object, not ${shownOption(value)}.`);
  }
}

/** Half a surrogate pair has no form in UTF-8: it would be changed. */
function mustBeText(refuse: Refuse, name: string, value: unknown): void {
  if (typeof value !== 'string' || Buffer.from(value).toString() !== value) {
    throw refuse(`${name} is text, not ${shownOption(value)}.`);
  }
}
