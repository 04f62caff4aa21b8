// Owns the conversion of batches to Arrow objects, for whichever copy of apache-arrow it is given: importing that library
// takes more than a tenth of a second, so this file names only its types.
import type * as Arrow from 'apache-arrow';
import { TailraceError } from '../errors/tailrace-error.js';
import type { BatchData, ColumnData, DictionaryData } from './batch-data.js';
import type { DataType, Field, Schema } from './schema.js';
import { layDown } from './text-layout.js';
import { utf8Reader } from './utf8-reader.js';

export type ArrowModule = typeof Arrow;

/** Key of the field metadata that keeps the JavaScript form of a column, where it is not the usual one. */
export const formKey = 'tailrace.js';
/** What stands there for a column of text that is a dictionary only because its strings were found to repeat. */
export const inferredText = 'utf8';

/** The Arrow schema of ours. JavaScript forms go into the metadata of the fields. */
export function arrowSchemaWith(arrow: ArrowModule, schema: Schema): Arrow.Schema {
  return new arrow.Schema(schema.fields.map((field, at) => arrowField(arrow, field, at)));
}

function arrowField(arrow: ArrowModule, field: Field, at: number): Arrow.Field {
  const { type } = field;
  const form = formOf(type);
  const metadata = form === undefined ? null : new Map([[formKey, form]]);
  return new arrow.Field(field.name, arrowType(arrow, type, at), field.nullable, metadata);
}

function formOf(type: DataType): string | undefined {
  if (type.kind === 'dictionary') return type.inferred === true ? inferredText : undefined;
  return type.kind === 'int64' || type.kind === 'timestamp' ? type.js : undefined;
}

/** @param at number of the column: the id of its dictionary, the same in every batch of a stream */
function arrowType(arrow: ArrowModule, type: DataType, at: number): Arrow.DataType {
  switch (type.kind) {
    case 'bool':
      return new arrow.Bool();
    case 'int32':
      return new arrow.Int32();
    case 'int64':
      return new arrow.Int64();
    case 'float64':
      return new arrow.Float64();
    case 'timestamp':
      return new arrow.Timestamp(arrow.TimeUnit[arrowUnits[type.unit]], type.timezone);
    case 'date':
      return new arrow.DateDay();
    case 'utf8':
      return new arrow.Utf8();
    case 'dictionary':
      return new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), at);
  }
}

const arrowUnits = { s: 'SECOND', ms: 'MILLISECOND', us: 'MICROSECOND', ns: 'NANOSECOND' } as const;

/** A record batch on the same memory: nothing is copied. */
export function recordBatchWith(
  arrow: ArrowModule,
  data: BatchData,
  schema: Arrow.Schema = arrowSchemaWith(arrow, data.schema),
): Arrow.RecordBatch {
  const children = data.columns.map((column, at) => {
    const field = schema.fields[at];
    if (field === undefined)
      throw mismatch(`${data.columns.length} columns against ${schema.fields.length} fields`);
    return arrowData(arrow, column, field.type, data.rows);
  });
  const type = new arrow.Struct(schema.fields);
  return new arrow.RecordBatch(schema, arrow.makeData({ type, length: data.rows, nullCount: 0, children }));
}

function arrowData(arrow: ArrowModule, column: ColumnData, type: Arrow.DataType, length: number): Arrow.Data {
  const { nullCount, values, offsets, dictionary } = column;
  const nullBitmap = column.validity;
  const common = { length, nullCount, nullBitmap, data: values };
  if (dictionary !== null) {
    // A column with a dictionary has the type that `arrowType` made for it; the overloads need to be told which.
    return arrow.makeData({
      ...common,
      type: type as Arrow.Dictionary<Arrow.Utf8, Arrow.Int32>,
      data: values as Int32Array,
      dictionary: textVector(arrow, dictionary),
    });
  }
  if (offsets !== null) {
    return arrow.makeData({
      ...common,
      type: type as Arrow.Utf8,
      valueOffsets: offsets,
      data: values as Uint8Array,
    });
  }
  // All other types of ours have one buffer of values, laid out as Arrow has it.
  return arrow.makeData({ ...common, type: type as Arrow.Int });
}

function textVector(arrow: ArrowModule, text: DictionaryData): Arrow.Vector<Arrow.Utf8> {
  const type = new arrow.Utf8();
  const { length, offsets, values } = text;
  return new arrow.Vector([
    arrow.makeData({ type, length, nullCount: 0, valueOffsets: offsets, data: values }),
  ]);
}

/**
 * The batches as one Arrow IPC stream, in memory of its own. `schema` is needed when there are none.
 * Throws SCHEMA_INVALID for batches of different columns.
 */
export function ipcStreamWith(
  arrow: ArrowModule,
  datas: readonly BatchData[],
  schema: Schema | undefined = datas[0]?.schema,
): Uint8Array {
  if (schema === undefined) throw mismatch('neither batches nor a schema');
  const known = arrowSchemaWith(arrow, schema);
  const writer = new arrow.RecordBatchStreamWriter();
  writer.reset(undefined, known);
  for (const data of withOneDictionary(datas, schema)) writer.write(recordBatchWith(arrow, data, known));
  writer.finish();
  return writer.toUint8Array(true);
}

/**
 * An IPC stream written by apache-arrow takes the first dictionary of a column for all its batches, or a longer one as
 * an addition to it; ours are new in each batch, so columns of several batches get one dictionary.
 */
function withOneDictionary(datas: readonly BatchData[], schema: Schema): readonly BatchData[] {
  if (datas.length < 2) return datas;
  let merged = datas;
  for (const [at, field] of schema.fields.entries()) {
    if (field.type.kind === 'dictionary') merged = mergeDictionaries(merged, at);
  }
  return merged;
}

function mergeDictionaries(datas: readonly BatchData[], at: number): readonly BatchData[] {
  const codes = new Map<string, number>();
  const mapped = datas.map((data) => {
    const column = data.columns[at];
    if (column === undefined || column.dictionary === null) throw mismatch(`no dictionary in column ${at}`);
    const { length, offsets, values } = column.dictionary;
    const read = utf8Reader(values, offsets, length);
    const newCodes = Int32Array.from({ length }, (_, entry) => {
      const text = read(entry);
      const code = codes.get(text) ?? codes.size;
      codes.set(text, code);
      return code;
    });
    // Dictionary codes are an Int32Array; a null's code may be anything and becomes 0.
    return (column.values as Int32Array).map((code) => newCodes[code] ?? 0);
  });
  const dictionary = layDown([...codes.keys()]);
  return datas.map((data, batch) => ({
    ...data,
    columns: data.columns.map((column, index) =>
      index === at ? { ...column, values: mapped[batch] as Int32Array, dictionary } : column,
    ),
  }));
}

function mismatch(what: string): TailraceError {
  return new TailraceError(
    `Batches cannot be made an Arrow stream: ${what}. All must have the columns of one schema.`,
    {
      code: 'SCHEMA_INVALID',
      operation: 'convert to Arrow',
    },
  );
}
