// Owns which source reads the files of a dataset: by the format's name, with the columns that are asked for.
import type { Field, Source, StoreOfScheme } from '@tailrace/core';
import { PlanError } from '@tailrace/core';
import { rowsOfArrow, schemaOfArrow } from '../arrow/read-arrow.js';
import { withoutCompression } from '../bytes/open-bytes.js';
import { type ReadCsvOptions, readCsv } from '../csv/read-csv.js';
import { readMsgpack } from '../msgpack/read-msgpack.js';
import { readNdjson } from '../ndjson/read-ndjson.js';
import { groupBounds } from '../parquet/group-bounds.js';
import { fieldsOfParquet, rowsOf } from '../parquet/read-parquet.js';
import type { KeepGroup } from '../parquet/wanted-ranges.js';
import type { ValueForms } from '../value-forms.js';
import type { AnyPredicate } from './predicate.js';
import { mayMatch } from './prune.js';
import type { WrittenNdjson } from './written-ndjson.js';

/** Formats whose files can be read. */
export type DatasetFormat = 'parquet' | 'csv' | 'ndjson' | 'arrow' | 'msgpack';

export interface FileRequest {
  readonly path: string;
  /** Columns to read, in this order; undefined: whatever is in the file, as its reader gives it. */
  readonly fields: readonly Field[] | undefined;
  /** To leave out what cannot meet it; the rows are tested afterwards. */
  readonly where: AnyPredicate | undefined;
  readonly chunkRows: number;
  readonly csv: ReadCsvOptions | undefined;
  readonly ndjson: WrittenNdjson | undefined;
  /** For URLs. */
  readonly stores?: readonly StoreOfScheme[] | undefined;
}

const endings: readonly (readonly [RegExp, DatasetFormat])[] = [
  [/\.(?:parquet|parq|pq)$/i, 'parquet'],
  [/\.(?:csv|tsv)$/i, 'csv'],
  [/\.(?:ndjson|jsonl|json)$/i, 'ndjson'],
  [/\.(?:arrow|arrows|feather|ipc)$/i, 'arrow'],
  [/\.(?:msgpack|mpk)$/i, 'msgpack'],
];

/** The format that the name of a file tells, before the ending of its compression; undefined when it tells none. */
export function formatNamed(path: string): DatasetFormat | undefined {
  const name = withoutCompression(path);
  const format = endings.find(([ending]) => ending.test(name))?.[1];
  // Parquet compresses what is in it.
  return format === 'parquet' && name !== path ? undefined : format;
}

/** The format that a manifest names, `parquet` of `parquet (tailrace)`; undefined for one that is not known here. */
export function knownFormat(name: string): DatasetFormat | undefined {
  const family = name.split(' (', 1)[0];
  return endings.find(([, format]) => format === family)?.[1];
}

/** The same; throws a PlanError for one that is not known. */
export function formatOfManifest(name: string, path: string): DatasetFormat {
  const known = knownFormat(name);
  if (known !== undefined) return known;
  throw new PlanError(`The dataset '${path}' is in the format ${name}, which has no reader here.`, {
    operation: 'open dataset',
    context: { path },
  });
}

/** The format that the names of files tell. Throws a PlanError when they tell none, or several. */
export function formatOfNames(paths: readonly string[], path: string): DatasetFormat {
  const formats = new Map<string | undefined, string>();
  for (const one of paths) formats.set(formatNamed(one), one);
  const [format] = formats.keys();
  const known = endings.find(([, name]) => name === format);
  if (formats.size === 1 && known !== undefined) return known[1];
  const shown = [...formats.values()].map((one) => `'${one}'`).join(', ');
  throw new PlanError(
    paths.length === 0
      ? `The dataset '${path}' has no files. Check the path.`
      : `The names of the files of '${path}' do not tell one format: ${shown}. Name it with format, or match its files only with a pattern.`,
    { operation: 'open dataset', context: { path } },
  );
}

/** The columns of a file that says so itself; undefined for text and MessagePack. */
export async function fieldsOfFile(
  format: DatasetFormat,
  path: string,
  forms: ValueForms & { readonly stores?: readonly StoreOfScheme[] | undefined },
  signal: AbortSignal,
): Promise<readonly Field[] | undefined> {
  if (format !== 'parquet' && format !== 'arrow') return undefined;
  signal.throwIfAborted();
  const { fields } =
    format === 'parquet'
      ? await fieldsOfParquet(path, forms, signal)
      : await schemaOfArrow(path, forms, signal);
  // Another file of the dataset may have nulls where this one has none.
  return fields.map((field) => ({ ...field, nullable: true }));
}

/** Opens a file: rows of the columns asked for. */
export function openFile(
  format: DatasetFormat,
  request: FileRequest,
  signal: AbortSignal,
): AsyncIterable<readonly object[]> {
  const { path, fields, where, chunkRows, stores } = request;
  const typed = { stores, ...(fields === undefined ? {} : { schema: { fields } }) };
  if (format === 'parquet') {
    return rowsOf(path, typed, chunkRows, signal, keepsGroup(fields, where));
  }
  if (format === 'arrow') return rowsOfArrow(path, { chunkRows, ...typed }, signal);
  const csv = { ...(/\.tsv$/i.test(withoutCompression(path)) ? { delimiter: '\t' } : {}), ...request.csv };
  const source: Source<unknown> =
    format === 'csv'
      ? readCsv(path, { ...csv, chunkRows, ...typed })
      : format === 'msgpack'
        ? readMsgpack(path, { chunkRows, ...typed })
        : readNdjson(path, { ...request.ndjson, chunkRows, ...typed });
  return objectsOf(path, source, signal);
}

/** Which row groups may hold rows that are wanted. */
export function keepsGroup(fields: FileRequest['fields'], where: FileRequest['where']): KeepGroup {
  return (footer, group) => {
    if (where === undefined) return true;
    return mayMatch(where, (column) => {
      const field = fields?.find(({ name }) => name === column);
      return field === undefined ? undefined : groupBounds(footer, group, field);
    });
  };
}

async function* objectsOf(
  path: string,
  source: Source<unknown>,
  signal: AbortSignal,
): AsyncGenerator<readonly object[]> {
  for await (const chunk of source.open(signal)) yield chunk.map((row) => objectOf(path, row));
}

/** A line of NDJSON may be any value. */
function objectOf(path: string, row: unknown): object {
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row;
  throw new PlanError(
    `'${path}' has a line that is no object, and so has no columns. Read it with readNdjson.`,
    {
      operation: 'read dataset',
      context: { path },
    },
  );
}
