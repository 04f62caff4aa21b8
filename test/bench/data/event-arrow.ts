// Owns the synthetic table as Arrow record batches, made of whole columns by hand.
import {
  type Data,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMicrosecond,
  tableToIPC,
  Utf8,
} from 'apache-arrow';
import { agents, type EventColumns, regions } from './synthetic.js';

/** Rows of a batch: what Tailrace makes them too. */
export const batchRows = 65_536;

const schema = new Schema([
  new Field('id', new Int64(), false),
  new Field('ts', new TimestampMicrosecond(), false),
  new Field('noise', new Float64(), false),
  new Field('value', new Float64(), false),
  new Field('price', new Float64(), false),
  new Field('rate', new Float64(), false),
  new Field('agent', new Utf8(), false),
  new Field('region', new Utf8(), false),
]);

export function eventBatches(columns: EventColumns): RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let from = 0; from < columns.rows; from += batchRows) {
    batches.push(batchOf(columns, from, Math.min(from + batchRows, columns.rows)));
  }
  return batches;
}

/** The batches as one IPC stream each. */
export function ipcOf(batches: readonly RecordBatch[]): Uint8Array[] {
  return batches.map((batch) => tableToIPC(new Table([batch]), 'stream'));
}

function batchOf(columns: EventColumns, from: number, to: number): RecordBatch {
  const length = to - from;
  const part = (values: Float64Array): Float64Array => values.subarray(from, to);
  const children: Data[] = [
    makeData({ type: new Int64(), length, data: integers(part(columns.id)) }),
    makeData({ type: new TimestampMicrosecond(), length, data: integers(part(columns.ts)) }),
    makeData({ type: new Float64(), length, data: part(columns.noise) }),
    makeData({ type: new Float64(), length, data: part(columns.value) }),
    makeData({ type: new Float64(), length, data: part(columns.price) }),
    makeData({ type: new Float64(), length, data: part(columns.rate) }),
    texts(agents, columns.agent.subarray(from, to)),
    texts(regions, columns.region.subarray(from, to)),
  ];
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, children }));
}

function integers(values: Float64Array): BigInt64Array {
  return BigInt64Array.from(values, BigInt);
}

function texts(of: readonly string[], numbers: Int32Array): Data<Utf8> {
  const encoded = of.map((text) => Buffer.from(text));
  const valueOffsets = new Int32Array(numbers.length + 1);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (const [row, number] of numbers.entries()) {
    const text = encoded[number] ?? Buffer.alloc(0);
    parts.push(text);
    bytes += text.length;
    valueOffsets[row + 1] = bytes;
  }
  return makeData({ type: new Utf8(), length: numbers.length, valueOffsets, data: Buffer.concat(parts) });
}
