// Owns rows and batches of this process as data of a plan: an Arrow stream with the types that Spark takes.
import { type DataType, type Field, OverflowError, type Schema } from '@tailrace/core';
import { type Batch, batchData, batchOfRows, ipcStreamWith } from '@tailrace/core/sink';
import * as arrow from 'apache-arrow';

/** @throws OverflowError for more bytes than a plan may hold */
export function arrowOfRows<R extends object>(
  rows: readonly R[],
  schema: Schema<R>,
  maxBytes: number,
): Uint8Array {
  const fields = schema.fields.map(takenBySpark);
  return withinLimit(ipcStreamWith(arrow, [batchData(batchOfRows({ fields }, rows))]), maxBytes);
}

/** @throws OverflowError for more bytes than a plan may hold */
export function arrowOfBatches(batches: readonly Batch<object>[], maxBytes: number): Uint8Array {
  return withinLimit(ipcStreamWith(arrow, batches.map(batchData)), maxBytes);
}

function withinLimit(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length <= maxBytes) return bytes;
  throw new OverflowError(
    `Local data of ${bytes.length} bytes does not fit into a plan, which may hold ${maxBytes}. Write it to files that ` +
      'the server can read, and read them there.',
    { operation: 'send local data', context: { bytes: bytes.length, maxMessageBytes: maxBytes } },
  );
}

/** Spark knows microseconds alone, and no dictionaries. */
function takenBySpark(field: Field): Field {
  return { ...field, type: typeForSpark(field.type) };
}

function typeForSpark(type: DataType): DataType {
  switch (type.kind) {
    case 'dictionary':
      return { kind: 'utf8' };
    case 'timestamp':
      return { ...type, unit: 'us' };
    case 'duration':
      return { ...type, unit: 'us' };
    case 'list':
      return { ...type, item: takenBySpark(type.item) };
    case 'struct':
      return { ...type, fields: type.fields.map(takenBySpark) };
    case 'map':
      return { ...type, key: takenBySpark(type.key), value: takenBySpark(type.value) };
    default:
      return type;
  }
}
