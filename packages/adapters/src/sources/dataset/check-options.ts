// Owns what the options of `openDataset` must be, also when they come from JavaScript, and that they suit the dataset.
import { checkKinds, checkSchema, PlanError, type Schema, shownOption } from '@tailrace/core';
import { type ReadCsvOptions, readCsv } from '../csv/read-csv.js';
import { type ReadNdjsonOptions, readNdjson } from '../ndjson/read-ndjson.js';
import { checkUrls } from '../remote/stores.js';
import type { ValueForms } from '../value-forms.js';
import type { DatasetFormat } from './file-readers.js';

/** The options that can contradict each other or the dataset. */
interface CheckedOptions extends ValueForms {
  readonly schema?: Schema<object>;
  readonly columns?: readonly string[] | undefined;
  readonly format?: DatasetFormat | undefined;
  readonly csv?: ReadCsvOptions | undefined;
  readonly ndjson?: ReadNdjsonOptions | undefined;
  readonly chunkRows?: number | undefined;
  readonly verify?: boolean | undefined;
}

const choices = {
  format: ['parquet', 'csv', 'ndjson', 'arrow', 'msgpack'],
  int64: ['bigint', 'number'],
  timestamps: ['date', 'number', 'bigint'],
} as const;

const operation = 'open dataset';

/** Throws a PlanError, or SCHEMA_INVALID for a schema that is none. */
export function checkOptions(path: string, options: CheckedOptions): void {
  if (typeof path !== 'string' || path === '') {
    throw new PlanError(`openDataset needs a path or a pattern, not ${shownOption(path)}.`, { operation });
  }
  checkUrls('openDataset', [path]);
  const what = `openDataset('${path}')`;
  checkKinds(
    what,
    options,
    { columns: 'texts', csv: 'object', ndjson: 'object', chunkRows: 'count', verify: 'flag' },
    operation,
  );
  for (const [option, words] of Object.entries<readonly unknown[]>(choices)) {
    const value: unknown = options[option as keyof typeof choices];
    if (value === undefined || words.includes(value)) continue;
    throw refused(
      path,
      `the option ${option} must be one of ${words.map(shownOption).join(', ')}, not ${shownOption(value)}`,
    );
  }
  if (options.columns?.length === 0) {
    throw refused(path, 'it needs at least one column: leave out columns for all');
  }
  if (options.schema === undefined) return;
  checkSchema(options.schema, what, operation);
  for (const form of ['int64', 'timestamps'] as const) {
    if (options[form] === undefined) continue;
    throw refused(path, `${form} is told by the columns of schema. Leave out one of the two`);
  }
}

/**
 * Throws a PlanError for options that contradict the dataset.
 * @param format that its files are read in
 * @param written the one that its manifest names, if it has one
 */
export function checkAgainst(
  path: string,
  options: CheckedOptions,
  format: DatasetFormat,
  written: DatasetFormat | undefined,
): void {
  if (written !== undefined && written !== format) {
    throw refused(path, `its manifest says that it is ${written}, not ${format}. Leave out format`);
  }
  const { csv, ndjson } = options;
  // The readers read nothing until they are opened, and refuse what they could not read with.
  if (csv !== undefined) {
    if (format !== 'csv') throw refused(path, `csv tells how CSV is written, and the dataset is ${format}`);
    readCsv(path, csv);
  }
  if (ndjson !== undefined) {
    if (format !== 'ndjson')
      throw refused(path, `ndjson tells how NDJSON is written, and the dataset is ${format}`);
    readNdjson(path, ndjson);
  }
}

export const withoutChecksums = (path: string): PlanError =>
  refused(path, 'verify needs the checksums of a manifest, and there is none. Leave out verify');

function refused(path: string, problem: string): PlanError {
  return new PlanError(`openDataset('${path}'): ${problem}.`, { operation, context: { path } });
}
