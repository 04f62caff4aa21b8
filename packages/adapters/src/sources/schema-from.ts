// Owns the reading of a schema from a file: whole where the format has one, from a sample where it has none.
import { open } from 'node:fs/promises';
import { checkKinds, inferSchema, PlanError, type Schema, shownOption } from '@tailrace/core';
import { schemaWith } from '@tailrace/core/sink';
import * as arrow from 'apache-arrow';
import { readCsv } from './csv/read-csv.js';
import { fileError } from './file-error.js';
import { readNdjson } from './ndjson/read-ndjson.js';
import { schemaOfParquet } from './parquet/read-parquet.js';
import { typesOfTexts } from './types-of-texts.js';
import type { ValueForms } from './value-forms.js';

export interface SchemaFromOptions extends ValueForms {
  /** Default: by the ending of the name, before `.gz`, `.br` and `.zst`. */
  readonly format?: 'parquet' | 'arrow' | 'csv' | 'ndjson' | undefined;
  /** CSV and NDJSON: rows that are looked at, from the first one. Default 4,096. */
  readonly sampleRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const endings: Readonly<Record<string, NonNullable<SchemaFromOptions['format']>>> = {
  parquet: 'parquet',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
  csv: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
};

/**
 * The columns of a file, to declare those of a stage: `{ schema: await schemaFrom('in/flights.parquet') }`.
 *
 * Parquet and Arrow IPC files say what their columns are; no row is read. CSV and NDJSON do not, and only the first
 * `sampleRows` rows are looked at: a column that is a number in all of them may hold text further on, which is then an
 * error of its row. Every column of a sample may be null. Of CSV, columns are `float64` where every text is a plain number
 * (no leading zeros, as postal codes have), `bool` for `true` and `false`, else `utf8`; dates stay text. Of NDJSON as
 * stages infer them.
 *
 * @throws PlanError for a name whose format is not known; SOURCE_FAILED for a file that is missing or damaged;
 *   SCHEMA_INVALID and VALUE_INVALID for columns that have no type, or no single one
 */
export async function schemaFrom(path: string, options: SchemaFromOptions = {}): Promise<Schema> {
  checkKinds('schemaFrom', { path }, { path: 'text' }, 'read schema');
  const {
    format = formatOf(path),
    sampleRows = 4_096,
    signal = new AbortController().signal,
    ...forms
  } = options;
  if (!Number.isSafeInteger(sampleRows) || sampleRows <= 0) {
    throw new PlanError(`sampleRows of '${path}' must be a whole number above 0.`, {
      operation: 'read schema',
    });
  }
  switch (format) {
    case 'parquet':
      return schemaOfParquet(path, forms);
    case 'arrow':
      return ofArrow(path, forms);
    case 'csv':
      return typesOfTexts(path, await firstOf(readCsv(path).open(signal), sampleRows));
    case 'ndjson':
      return inferSchema(await firstOf(readNdjson(path).open(signal), sampleRows), path);
    default:
      // From JavaScript only.
      throw new PlanError(
        `schemaFrom reads parquet, arrow, csv and ndjson, not the format ${shownOption(format)} that was given for '${path}'.`,
        { operation: 'read schema', context: { path } },
      );
  }
}

function formatOf(path: string): NonNullable<SchemaFromOptions['format']> {
  const ending =
    path
      .toLowerCase()
      .replace(/\.(?:gz|br|zst)$/, '')
      .split('.')
      .at(-1) ?? '';
  const format = Object.hasOwn(endings, ending) ? endings[ending] : undefined;
  if (format !== undefined) return format;
  throw new PlanError(
    `The format of '${path}' cannot be told from its name. Say it: schemaFrom(path, { format: 'csv' }), or parquet, arrow, ndjson.`,
    { operation: 'read schema', context: { path } },
  );
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

async function ofArrow(path: string, forms: ValueForms): Promise<Schema> {
  try {
    const handle = await open(path);
    try {
      const reader = await arrow.RecordBatchReader.from(handle);
      await reader.open();
      try {
        return schemaWith(arrow, reader.schema, { int64: forms.int64, timestamp: forms.timestamps });
      } finally {
        await reader.cancel();
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(path, 'read the schema of', error);
  }
}
