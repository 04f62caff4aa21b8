// Owns the reading of a schema from a file: whole where the format has one, from a sample where it has none.
import {
  checkKinds,
  inferSchema,
  PlanError,
  type Schema,
  type StoreOfScheme,
  shownOption,
} from '@tailrace/core';
import { schemaOfArrow } from './arrow/read-arrow.js';
import { readCsv } from './csv/read-csv.js';
import { type DatasetFormat, formatNamed } from './dataset/file-readers.js';
import { readMsgpack } from './msgpack/read-msgpack.js';
import { readNdjson } from './ndjson/read-ndjson.js';
import { fieldsOfParquet } from './parquet/read-parquet.js';
import { expanded } from './remote/list-remote.js';
import type { FromStores } from './remote/remote-file.js';
import { checkUrls } from './remote/stores.js';
import { typesOfTexts } from './types-of-texts.js';
import type { ValueForms } from './value-forms.js';

export interface SchemaFromOptions extends ValueForms {
  /** Default: by the ending of the name, before that of its compression. */
  readonly format?: DatasetFormat | undefined;
  /** CSV, NDJSON and MessagePack: rows that are looked at, from the first one. Default 4,096. */
  readonly sampleRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Stores for URLs, chosen by their scheme. Of a pattern the first file is looked at. */
  readonly stores?: readonly StoreOfScheme[] | undefined;
}

/**
 * The columns of a file, to declare those of a stage: `{ schema: await schemaFrom('in/flights.parquet') }`.
 *
 * Parquet and Arrow IPC files say what their columns are; no row is read. CSV, NDJSON and MessagePack do not, and only the first
 * `sampleRows` rows are looked at: a column that is a number in all of them may hold text further on, which is then an
 * error of its row. Every column of a sample may be null. Of CSV, columns are `float64` where every text is a plain number
 * (no leading zeros, as postal codes have), `bool` for `true` and `false`, else `utf8`; dates stay text. Of NDJSON and
 * MessagePack as stages infer them.
 *
 * @throws PlanError for a name whose format is not known; SOURCE_FAILED for a file that is missing or damaged;
 *   SCHEMA_INVALID and VALUE_INVALID for columns that have no type, or no single one
 */
export async function schemaFrom(path: string, options: SchemaFromOptions = {}): Promise<Schema> {
  checkKinds('schemaFrom', { path }, { path: 'text' }, 'read schema');
  checkUrls('schemaFrom', [path]);
  const {
    format = formatNamed(path) ?? unknownFormat(path),
    sampleRows = 4_096,
    stores,
    signal = new AbortController().signal,
    ...forms
  } = options;
  if (!Number.isSafeInteger(sampleRows) || sampleRows <= 0) {
    throw new PlanError(`sampleRows of '${path}' must be a whole number above 0.`, {
      operation: 'read schema',
    });
  }
  const first = await firstFile(path, { stores, what: 'schemaFrom' }, signal);
  switch (format) {
    case 'parquet':
      return fieldsOfParquet(first, { ...forms, stores }, signal);
    case 'arrow':
      return schemaOfArrow(first, { ...forms, stores }, signal);
    case 'csv':
      return typesOfTexts(path, await firstOf(readCsv(first, { stores }).open(signal), sampleRows));
    case 'ndjson':
      return inferSchema(await firstOf(readNdjson(first, { stores }).open(signal), sampleRows), path);
    case 'msgpack':
      return inferSchema(await firstOf(readMsgpack(first, { stores }).open(signal), sampleRows), path);
    default:
      // From JavaScript only.
      throw new PlanError(
        `schemaFrom reads parquet, arrow, csv, ndjson and msgpack, not the format ${shownOption(format)} that was given for '${path}'.`,
        { operation: 'read schema', context: { path } },
      );
  }
}

function unknownFormat(path: string): never {
  throw new PlanError(
    `The format of '${path}' cannot be told from its name. Say it: schemaFrom(path, { format: 'csv' }), or parquet, arrow, ndjson, msgpack.`,
    { operation: 'read schema', context: { path } },
  );
}

/** Of a pattern its first file. */
async function firstFile(path: string, from: FromStores, signal: AbortSignal): Promise<string> {
  for await (const file of expanded([path], from, signal)) return file;
  return path;
}

/** Reads no further than it must: the source is closed then. */
async function firstOf<T>(chunks: AsyncIterable<readonly T[]>, count: number): Promise<T[]> {
  const rows: T[] = [];
  for await (const chunk of chunks) {
    rows.push(...chunk.slice(0, count - rows.length));
    if (rows.length >= count) break;
  }
  return rows;
}
