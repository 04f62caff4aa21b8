// Owns the distinct values of one partition column: tells rows apart by raw buffers, and makes each value's text once.
import type { ColumnData, DictionaryData } from '../batch/batch.js';
import type { Field } from '../batch/schema.js';
import { ValueError } from '../errors/named-errors.js';
import { createByteTable } from './byte-table.js';
import { partitionSegment } from './escape.js';
import { formatDate, formatFloat, formatTimestamp } from './format-value.js';
import { unnameable } from './partition-types.js';

/** A partition column's value as plain data: times and dates as text. */
export type PartitionValue = string | number | boolean | bigint | null;

export interface ColumnValues {
  /**
   * Writes the id of each row's value to `ids`. Ids count from 0 and stay the same from batch to batch; values with
   * the same directory name (null and the empty string) share one.
   * @param firstRow number of the batch's first row, for messages
   * @throws ValueError for a value that cannot name a directory
   */
  identify(column: ColumnData, rows: number, ids: Int32Array, firstRow: number): void;
  /** `origin_state=CA` */
  segment(id: number): string;
  value(id: number): PartitionValue;
}

/** What is known of a value when it first comes: its text, and its form as plain data. */
type Intern = (text: string | null, value: PartitionValue, row: number) => number;
/** The id of one row of a batch; `row` counts within the batch. */
type Identify = (row: number) => number;
type Prepare = (column: ColumnData, rows: number, firstRow: number) => Identify;

export function createColumnValues(field: Field): ColumnValues {
  const bySegment = new Map<string, number>();
  const segments: string[] = [];
  const values: PartitionValue[] = [];
  const intern: Intern = (text, value, row) => {
    const segment = partitionSegment(field.name, text, row);
    let id = bySegment.get(segment);
    if (id === undefined) {
      id = segments.length;
      bySegment.set(segment, id);
      segments.push(segment);
      values.push(text === '' ? null : value);
    }
    return id;
  };
  const prepare = preparerOf(field, intern);

  return {
    identify(column, rows, ids, firstRow) {
      const identify = prepare(column, rows, firstRow);
      const validity = column.nullCount === 0 ? null : column.validity;
      for (let row = 0; row < rows; row += 1) {
        const isNull = validity !== null && ((validity[row >> 3] as number) & (1 << (row & 7))) === 0;
        ids[row] = isNull ? intern(null, null, firstRow + row) : identify(row);
      }
    },
    segment: (id) => segments[id] as string,
    value: (id) => values[id] as PartitionValue,
  };
}

/** The buffers of a column have the array classes that `ColumnData` documents for its type. */
function preparerOf(field: Field, intern: Intern): Prepare {
  const { type } = field;
  switch (type.kind) {
    case 'bool': {
      const known = new Map<number, number>();
      return ({ values }, _, firstRow) =>
        (row) => {
          const bit = ((values[row >> 3] as number) >> (row & 7)) & 1;
          const create = (): number => intern(bit === 1 ? 'true' : 'false', bit === 1, firstRow + row);
          return known.get(bit) ?? remember(known, bit, create());
        };
    }
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return numbers((value, row) => intern(String(value), value, row));
    case 'date':
      return numbers((days, row) => {
        const text = formatDate(days);
        return intern(text, text, row);
      });
    case 'float64':
      return floats(intern);
    case 'int64':
    case 'uint64':
      return longs((value, row) => intern(String(value), plainInteger(value), row));
    case 'timestamp':
      return longs((ticks, row) => {
        const text = formatTimestamp(ticks, type.unit);
        return intern(text, text, row);
      });
    case 'utf8':
      return strings(field, intern);
    case 'dictionary':
      return codes(field, intern);
    default:
      // Refused before a run: `ensurePartitionTypes`.
      throw unnameable(field);
  }
}

function numbers(create: (value: number, row: number) => number): Prepare {
  const known = new Map<number, number>();
  return (column, _, firstRow) => {
    // Integers of up to 32 bits, whatever their array.
    const values = column.values as Int32Array;
    return (row) => {
      const value = values[row] as number;
      return known.get(value) ?? remember(known, value, create(value, firstRow + row));
    };
  };
}

function floats(intern: Intern): Prepare {
  const known = new Map<number, number>();
  let negativeZero: number | undefined;
  const create = (value: number, row: number): number => intern(formatFloat(value), value, row);
  return (column, _, firstRow) => {
    const values = column.values as Float64Array;
    return (row) => {
      const value = values[row] as number;
      // A Map takes -0 for 0.
      if (Object.is(value, -0)) {
        negativeZero ??= create(value, firstRow + row);
        return negativeZero;
      }
      return known.get(value) ?? remember(known, value, create(value, firstRow + row));
    };
  };
}

/** Reads 64-bit integers as two halves: making a BigInt per row costs more than the look-up. */
function longs(create: (value: bigint, row: number) => number): Prepare {
  const known = new Map<number | bigint, number>();
  return (column, rows, firstRow) => {
    const values = column.values as BigInt64Array;
    const halves = new Int32Array(values.buffer, values.byteOffset, rows * 2);
    return (row) => {
      const high = halves[row * 2 + 1] as number;
      const isExact = high >= -0x200000 && high < 0x200000;
      const key = isExact
        ? high * 0x1_0000_0000 + ((halves[row * 2] as number) >>> 0)
        : (values[row] as bigint); // unsigned ones from 2^63 on have a negative high half
      return known.get(key) ?? remember(known, key, create(values[row] as bigint, firstRow + row));
    };
  };
}

function strings(field: Field, intern: Intern): Prepare {
  const table = createByteTable();
  return (column, _, firstRow) => {
    const bytes = column.values as Uint8Array;
    const offsets = column.offsets as Int32Array;
    return (row) => {
      const from = offsets[row] as number;
      const to = offsets[row + 1] as number;
      const found = table.find(bytes, from, to);
      if (found >= 0) return found;
      const text = decode(field, bytes, from, to, firstRow + row);
      const id = intern(text, text, firstRow + row);
      table.add(bytes, from, to, id);
      return id;
    };
  };
}

function codes(field: Field, intern: Intern): Prepare {
  return (column, _, firstRow) => {
    const values = column.values as Int32Array;
    // A dictionary column has its dictionary; each batch may bring another one.
    const dictionary = column.dictionary as DictionaryData;
    const known = new Int32Array(dictionary.length).fill(-1);
    return (row) => {
      const code = values[row] as number;
      const found = known[code] as number;
      if (found >= 0) return found;
      const { offsets } = dictionary;
      const text = decode(
        field,
        dictionary.values,
        offsets[code] as number,
        offsets[code + 1] as number,
        firstRow + row,
      );
      const id = intern(text, text, firstRow + row);
      known[code] = id;
      return id;
    };
  };
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(field: Field, bytes: Uint8Array, from: number, to: number, row: number): string {
  try {
    // A copy, because decoders differ in whether they take shared memory; done once per distinct value.
    return strict.decode(new Uint8Array(bytes.subarray(from, to)));
  } catch (cause) {
    throw new ValueError(
      `Row ${row} of the write has bytes in column "${field.name}" that are not UTF-8, so they cannot name a partition ` +
        `directory. Repair the text in a stage before this output.`,
      { operation: 'split batch', context: { column: field.name, row }, cause },
    );
  }
}

function remember<K>(known: Map<K, number>, key: K, id: number): number {
  known.set(key, id);
  return id;
}

function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
