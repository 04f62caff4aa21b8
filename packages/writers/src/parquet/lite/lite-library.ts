// Owns what is used of parquetjs-lite, which has no types of its own, and its schema for ours.
import { createRequire } from 'node:module';
import type { DataType, Field, Schema } from '@tailrace/core/sink';
import type { ParquetCompression } from '../compression.js';

export interface LiteWriter {
  appendRow(row: object): Promise<void>;
  setRowGroupSize(rows: number): void;
  setMetadata(key: string, value: string): void;
  close(): Promise<void>;
}

/** What it asks of a stream: the callbacks are all that it waits for. */
export interface LiteStream {
  write(bytes: Uint8Array, done: (error?: unknown) => void): void;
  end(done: (error?: unknown) => void): void;
}

interface LiteField {
  readonly type: string;
  readonly optional: boolean;
  readonly compression: string;
  /** Never true: it compares text by UTF-16 units where the format demands bytes, and its bounds would lose rows. */
  readonly statistics: false;
  readonly typeLength?: number;
}

interface LiteLibrary {
  readonly ParquetSchema: new (fields: Record<string, LiteField>) => object;
  readonly ParquetWriter: {
    openStream(schema: object, stream: LiteStream, options: LiteOptions): Promise<LiteWriter>;
  };
}

interface LiteOptions {
  readonly rowGroupSize: number;
  /** Rows, whatever its name. */
  readonly pageSize: number;
  readonly useDataPageV2: boolean;
  readonly pageIndex: false;
}

export interface LiteInit {
  readonly schema: Schema;
  readonly compression: ParquetCompression;
  readonly rowGroupRows: number;
  readonly pageVersion: 1 | 2;
}

const require = createRequire(import.meta.url);
const pageRows = 8192;

export function openLite(stream: LiteStream, init: LiteInit): Promise<LiteWriter> {
  // Version 0.8.7, which package.json pins, has what is declared above.
  const { ParquetSchema, ParquetWriter } = require('parquetjs-lite') as LiteLibrary;
  const compression = codecNames[init.compression] ?? 'UNCOMPRESSED';
  const fields = init.schema.fields.map((field) => [field.name, liteField(field, compression)] as const);
  return ParquetWriter.openStream(new ParquetSchema(Object.fromEntries(fields)), stream, {
    rowGroupSize: init.rowGroupRows,
    pageSize: pageRows,
    useDataPageV2: init.pageVersion === 2,
    pageIndex: false,
  });
}

/** Others it has not: see the table of capabilities. */
const codecNames: Partial<Record<ParquetCompression, string>> = {
  none: 'UNCOMPRESSED',
  snappy: 'SNAPPY',
  gzip: 'GZIP',
};

function liteField({ type, nullable }: Field, compression: string): LiteField {
  return {
    type: typeName(type),
    optional: nullable,
    compression,
    statistics: false,
    ...(type.kind === 'fixed_binary' ? { typeLength: type.width } : {}),
  };
}

/** Of types that its table of types takes; others do not come here. */
function typeName({ kind }: DataType): string {
  switch (kind) {
    case 'bool':
      return 'BOOLEAN';
    case 'int8':
      return 'INT_8';
    case 'int16':
      return 'INT_16';
    case 'int32':
      return 'INT32';
    case 'int64':
      return 'INT64';
    case 'uint8':
      return 'UINT_8';
    case 'uint16':
      return 'UINT_16';
    case 'float32':
      return 'FLOAT';
    case 'float64':
      return 'DOUBLE';
    case 'date':
      return 'DATE';
    case 'time':
      return 'TIME_MILLIS';
    case 'timestamp':
      return 'TIMESTAMP_MILLIS';
    case 'utf8':
    case 'dictionary':
      return 'UTF8';
    case 'binary':
      return 'BYTE_ARRAY';
    case 'fixed_binary':
      return 'FIXED_LEN_BYTE_ARRAY';
    case 'uint32':
    case 'uint64':
    case 'float16':
    case 'decimal':
    case 'duration':
    case 'null':
    case 'list':
    case 'fixed_list':
    case 'struct':
    case 'map':
      throw new RangeError(`parquetjs-lite has no type for ${kind}.`);
  }
}
