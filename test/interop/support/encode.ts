// Owns driving a Parquet encoder as a worker would: the module that the declared sink names, its batches, a slow sink of bytes.
import { setImmediate } from 'node:timers/promises';
import type {
  Batch,
  ByteSink,
  Encoder,
  FormatDefinition,
  ModuleRef,
  Schema,
  Sink,
} from '@tailrace/core/sink';
import { batchOfRows } from '@tailrace/core/testing';
import {
  type ParquetCompression,
  type ParquetEncodings,
  type ParquetEngine,
  type ParquetOptions,
  parquet,
} from '@tailrace/writers/parquet';
import { batchOf } from './batches.js';
import { random } from './random.js';
import { type Case, schemaOf } from './table.js';

export interface WriteOptions {
  readonly compression: ParquetCompression;
  readonly encodings: ParquetEncodings;
  readonly rowGroupRows: number;
  readonly maxBufferedBytes: number;
  /** Take the bytes of each piece only after a while: until then an encoder may not touch them. */
  readonly late: boolean;
}

interface OpenFormat {
  readonly definition: FormatDefinition<unknown>;
  readonly options: unknown;
}

/** The format as a worker finds it: the URL in the sink's declaration points into dist. */
async function loadFormat(sink: Sink<unknown>): Promise<OpenFormat> {
  const ref = fieldOf<ModuleRef>(sink.module.options, 'format');
  const loaded: unknown = await import(ref.url);
  return { definition: fieldOf<FormatDefinition<unknown>>(loaded, 'default'), options: ref.options };
}

/** A property that the shape of a file sink promises. */
function fieldOf<T>(from: unknown, name: string): T {
  const value: unknown = typeof from === 'object' && from !== null ? Reflect.get(from, name) : undefined;
  if (value === undefined) throw new Error(`The declaration of the sink has no ${name}.`);
  return value as T; // its declaration says so
}

/** Writes a case as Parquet. */
export function encode(engine: ParquetEngine, written: Case, options: WriteOptions): Promise<Buffer> {
  const { compression, encodings, rowGroupRows } = options;
  const declared: ParquetOptions = { engine, compression, encodings, rowGroupRows };
  return encodeAs(parquet('case.parquet', declared), written, options);
}

/** Writes a case in the format of a declared sink, and spoils each batch as soon as it is written. */
export async function encodeAs(
  sink: Sink<unknown>,
  { table, cuts }: Case,
  { maxBufferedBytes, late }: Pick<WriteOptions, 'maxBufferedBytes' | 'late'>,
): Promise<Buffer> {
  const format = await loadFormat(sink);
  const schema = schemaOf(table);
  const out = late ? lateSink() : promptSink();
  const encoder = await openEncoder(format, schema, out, maxBufferedBytes);
  const source = random(table.rows);
  let from = 0;
  for (const rows of cuts) {
    const { batch, spoil } = batchOf(table, schema, from, rows, source);
    await encoder.write(batch as Batch<unknown>);
    spoil();
    from += rows;
  }
  const { rows } = await encoder.finish();
  if (rows !== table.rows) throw new Error(`finish() says ${rows} rows of ${table.rows}.`);
  return out.contents();
}

/** Writes batches of rows in the format of a declared sink. */
export async function encodeRows(
  sink: Sink<object>,
  schema: Schema<object>,
  runs: readonly (readonly object[])[],
): Promise<Buffer> {
  const format = await loadFormat(sink as Sink<unknown>); // it is told what it takes by the schema
  const out = promptSink();
  const encoder = await openEncoder(format, schema, out, 2 ** 25);
  for (const rows of runs) await encoder.write(batchOfRows(schema, rows));
  const { rows } = await encoder.finish();
  const given = runs.reduce((sum, run) => sum + run.length, 0);
  if (rows !== given) throw new Error(`finish() says ${rows} rows of ${given}.`);
  return out.contents();
}

async function openEncoder(
  { definition, options }: OpenFormat,
  schema: Schema,
  out: ByteSink,
  maxBufferedBytes: number,
): Promise<Encoder> {
  definition.check(schema, options);
  return definition.open({ schema, options, out, maxBufferedBytes, signal: new AbortController().signal });
}

interface KeptBytes extends ByteSink {
  contents(): Buffer;
}

function promptSink(): KeptBytes {
  const pieces: Buffer[] = [];
  let bytesWritten = 0;
  return {
    write(bytes) {
      pieces.push(Buffer.from(bytes)); // a copy: encoders use their buffers again
      bytesWritten += bytes.length;
    },
    get bytesWritten() {
      return bytesWritten;
    },
    contents: () => Buffer.concat(pieces),
  };
}

function lateSink(): KeptBytes {
  const prompt = promptSink();
  return {
    async write(bytes) {
      await setImmediate();
      await prompt.write(bytes);
    },
    get bytesWritten() {
      return prompt.bytesWritten;
    },
    contents: prompt.contents,
  };
}
