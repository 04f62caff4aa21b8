// Owns the conversion of batches to Arrow objects, for whichever copy of apache-arrow it is given: importing that library
// takes more than a tenth of a second, so this file names only its types.
import type * as Arrow from 'apache-arrow';
import { TailraceError } from '../errors/tailrace-error.js';
import { type ArrowModule, arrowSchemaWith } from './arrow-types.js';
import type { BatchData, ColumnData, DictionaryData } from './batch-data.js';
import type { Schema } from './schema.js';
import { layDown } from './text-layout.js';
import { utf8Reader } from './utf8-reader.js';

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
  const { DataType: is } = arrow;
  const common = { length, nullCount, nullBitmap: column.validity };
  // A column has the type that `arrowType` made for it, in each of the branches; the overloads need to be told which.
  if (is.isNull(type)) return arrow.makeData({ type, length });
  if (dictionary !== null) {
    return arrow.makeData({
      ...common,
      type: type as Arrow.Dictionary<Arrow.Utf8, Arrow.Int32>,
      data: values as Int32Array,
      dictionary: textVector(arrow, dictionary),
    });
  }
  if (is.isStruct(type)) {
    return arrow.makeData({ ...common, type, children: innerData(arrow, column, type, () => length) });
  }
  if (is.isFixedSizeList(type)) {
    const [child] = innerData(arrow, column, type, () => length * type.listSize);
    return arrow.makeData({ ...common, type, child: child as Arrow.Data });
  }
  if (offsets !== null) {
    const valueOffsets = (
      is.isLargeUtf8(type) || is.isLargeBinary(type) || is.isLargeList(type)
        ? BigInt64Array.from(offsets, BigInt)
        : offsets
    ) as Int32Array;
    if (is.isList(type) || is.isLargeList(type) || is.isMap(type)) {
      const [child] = innerData(arrow, column, type, () => offsets[length] ?? 0);
      return arrow.makeData({
        ...common,
        type: type as Arrow.List,
        valueOffsets,
        child: child as Arrow.Data,
      });
    }
    return arrow.makeData({ ...common, type: type as Arrow.Utf8, valueOffsets, data: values as Uint8Array });
  }
  // All other types of ours have one buffer of values, laid out as Arrow has it.
  return arrow.makeData({ ...common, type: type as Arrow.Int, data: values as Int32Array });
}

function innerData(
  arrow: ArrowModule,
  { children = [] }: ColumnData,
  type: Arrow.DataType,
  rows: () => number,
): Arrow.Data[] {
  return (type.children ?? []).map((field, at) => {
    const child = children[at];
    if (child === undefined) throw mismatch(`no buffers for ${field.name}, a column within another`);
    return arrowData(arrow, child, field.type, rows());
  });
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
