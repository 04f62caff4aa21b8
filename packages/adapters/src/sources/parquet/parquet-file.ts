// Owns one open Parquet file: its footer, its columns, and the reading of row groups. It makes no rows.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Field, messageOf } from '@tailrace/core';
import type { Field as ArrowField, Data } from 'apache-arrow';
import { contentError, fileError } from '../file-error.js';
import type { ValueForms } from '../value-forms.js';
import { fieldOf } from './column-types.js';
import { type ColumnChunk, type ImagePart, type ParquetFooter, parseFooter, trailerBytes } from './footer.js';
import { hasInt96, holdsInNanoseconds } from './int96.js';
import { DecoderFailure, readArrowBatches, readArrowSchema } from './parquet-wasm.js';

/** Rows decoded at a time; also the size of the Arrow batches. */
const batchRows = 65_536;
/** Values decoded in one call, about 5 ms of blocking. At least one column of a row group is. */
const valuesPerCall = 262_144;

const advice = 'Write or fetch it again; other files can be read all the same.';

/** What a decoder threw, for brackets: short, and without the words of its engine. */
const said = (error: unknown): string => (error instanceof DecoderFailure ? error.message : messageOf(error));

/** The decoded batches of one row group: columns in the order asked for. */
export interface DecodedBatch {
  readonly rows: number;
  readonly columns: readonly Data[];
}

/** The footer, read synchronously: it is small, and schemas and totals are asked for while a pipeline is declared. */
export function readFooter(path: string): ParquetFooter {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw fileError(path, 'open Parquet file', error);
  }
  try {
    const size = fstatSync(file).size;
    const trailer = tail(path, file, size, trailerBytes);
    const magic = trailer.toString('latin1', 4);
    if (magic !== 'PAR1' || size < trailerBytes + 4) {
      throw contentError(
        path,
        magic === 'PARE'
          ? 'is encrypted, which is not supported.'
          : 'is not a Parquet file: it does not end with PAR1. Perhaps it is still being written.',
      );
    }
    const length = trailer.readUInt32LE(0);
    if (length + trailerBytes > size)
      throw contentError(path, 'is damaged: its footer is larger than the file.');
    const bytes = tail(path, file, size, length + trailerBytes).subarray(0, length);
    try {
      return parseFooter(bytes);
    } catch (error) {
      throw contentError(
        path,
        `is damaged: its footer cannot be read (${said(error)}). ${advice}`,
        {},
        error,
      );
    }
  } catch (error) {
    throw fileError(path, 'read Parquet file', error);
  } finally {
    closeSync(file);
  }
}

function tail(path: string, file: number, size: number, length: number): Buffer {
  const buffer = Buffer.alloc(Math.min(length, size));
  let done = 0;
  while (done < buffer.length) {
    const count = readSync(file, buffer, done, buffer.length - done, size - buffer.length + done);
    if (count === 0) throw contentError(path, 'became shorter while it was read.');
    done += count;
  }
  return buffer;
}

/** Every column of the file: a field, or the name of a type that cannot be read into rows. */
export function fieldsOf(
  path: string,
  footer: ParquetFooter,
  forms: ValueForms,
): Map<string, Field | string> {
  const found = new Map<string, Field | string>();
  let schema: ReturnType<typeof readArrowSchema>;
  try {
    schema = readArrowSchema(footer.schemaImage(true));
  } catch (error) {
    throw contentError(path, `has a schema that cannot be read (${said(error)}). ${advice}`, {}, error);
  }
  const noted = notedFields(footer);
  for (const arrow of schema.fields) {
    if (found.has(arrow.name)) throw contentError(path, `has two columns named '${arrow.name}'.`);
    const field = fieldOf(arrow, noted.get(arrow.name), forms);
    found.set(arrow.name, field ?? String(arrow.type));
  }
  return found;
}

/** What Arrow writers note beside the Parquet types: names of time zones, durations, which columns are dictionaries. */
function notedFields(footer: ParquetFooter): ReadonlyMap<string, ArrowField> {
  try {
    const { fields } = readArrowSchema(footer.schemaImage(false));
    return new Map(fields.map((field) => [field.name, field]));
  } catch {
    // It may name types that apache-arrow does not know; the Parquet types say enough.
    return new Map();
  }
}

export interface ParquetReader {
  /** Reads and decodes these columns of a row group; the event loop has its turn between calls of the decoder. */
  rowGroup(index: number, names: readonly string[], signal: AbortSignal): Promise<readonly DecodedBatch[]>;
  close(): Promise<void>;
}

export async function openParquet(path: string, footer: ParquetFooter): Promise<ParquetReader> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw fileError(path, 'open Parquet file', error);
  }
  return {
    async rowGroup(index, names, signal) {
      const group = footer.rowGroups[index];
      if (group === undefined || group.rows === 0) return [];
      const perCall = Math.max(1, Math.floor(valuesPerCall / group.rows));
      const columns: (readonly Data[])[] = [];
      for (let from = 0; from < names.length; from += perCall) {
        signal.throwIfAborted();
        const chosen = names.slice(from, from + perCall);
        const parts = await Promise.all(chosen.map((name) => readPart(path, handle, footer, index, name)));
        columns.push(...decode(path, footer, index, chosen, parts));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return transposed(path, group.rows, columns);
    },
    close: () => handle.close(),
  };
}

async function readPart(
  path: string,
  handle: FileHandle,
  footer: ParquetFooter,
  rowGroup: number,
  name: string,
): Promise<ImagePart> {
  const column = footer.columns.find((one) => one.name === name);
  const chunks = column?.leaves.map((leaf) => footer.rowGroups[rowGroup]?.chunks[leaf]) ?? [];
  const missing = contentError(path, `is damaged: row group ${rowGroup} has no column '${name}'.`);
  if (column === undefined) throw missing;
  const bytes = chunks.map((chunk) => {
    if (chunk === undefined) throw missing;
    return readChunk(path, handle, rowGroup, chunk);
  });
  return { column, chunks: await Promise.all(bytes) };
}

async function readChunk(
  path: string,
  handle: FileHandle,
  rowGroup: number,
  chunk: ColumnChunk,
): Promise<Uint8Array> {
  const { size } = await handle.stat();
  // What a damaged footer says of lengths is not allocated.
  const isWithin = chunk.bytes >= 0 && chunk.offset >= 0 && chunk.offset + chunk.bytes <= size;
  if (!isWithin) {
    const said = `${chunk.bytes} bytes at ${chunk.offset}`;
    throw contentError(path, `is damaged: row group ${rowGroup} is said to have ${said}, which it does not.`);
  }
  const bytes = new Uint8Array(chunk.bytes);
  let done = 0;
  while (done < bytes.length) {
    let count: number;
    try {
      ({ bytesRead: count } = await handle.read(bytes, done, bytes.length - done, chunk.offset + done));
    } catch (error) {
      throw fileError(path, 'read Parquet file', error);
    }
    if (count === 0) throw contentError(path, `is damaged: it ends within row group ${rowGroup}.`);
    done += count;
  }
  return bytes;
}

function decode(
  path: string,
  footer: ParquetFooter,
  rowGroup: number,
  names: readonly string[],
  parts: readonly ImagePart[],
): (readonly Data[])[] {
  let outside: string | undefined;
  try {
    const batches = readArrowBatches(footer.image(rowGroup, parts), batchRows);
    const columns = names.map((_, column) => batches.map((batch) => childOf(batch.data, column)));
    outside = parts.find(
      (part, at) =>
        hasInt96(part, footer, rowGroup) &&
        !holdsInNanoseconds(part, columns[at] ?? [], footer, rowGroup, batchRows),
    )?.column.name;
    if (outside === undefined) return columns;
  } catch (error) {
    throw contentError(
      path,
      `is damaged: row group ${rowGroup}, column ${names.map((name) => `'${name}'`).join(', ')} cannot be decoded (${said(error)}). ${advice}`,
      { rowGroup },
      error,
    );
  }
  throw contentError(
    path,
    `has a timestamp in row group ${rowGroup}, column '${outside}' that is before the year 1678 or after 2261. INT96, in which it is stored, is read as nanoseconds, which do not reach there: leave the column out, or have the file written with timestamps of microseconds.`,
    { rowGroup, column: outside },
  );
}

function childOf(data: Data, column: number): Data {
  const child = data.children[column];
  if (child === undefined) throw new RangeError(`column ${column} is missing`);
  return child;
}

/** Batches of all columns, once it is certain that every column has the rows the footer states. */
function transposed(path: string, rows: number, columns: readonly (readonly Data[])[]): DecodedBatch[] {
  const first = columns[0] ?? [];
  for (const batches of columns) {
    const total = batches.reduce((sum, data) => sum + data.length, 0);
    const aligned = batches.every((data, index) => data.length === first[index]?.length);
    if (total !== rows || !aligned) {
      throw contentError(path, `is damaged: a row group of ${rows} rows has a column of ${total}.`);
    }
  }
  return first.map((data, index) => ({
    rows: data.length,
    columns: columns.map((batches) => childAt(batches, index)),
  }));
}

function childAt(batches: readonly Data[], index: number): Data {
  const data = batches[index];
  if (data === undefined) throw new RangeError(`batch ${index} is missing`);
  return data;
}
