// Owns the buffers into which one column of several batches is copied, one after the other.
import {
  type ColumnValues,
  type DataType,
  type DictionaryData,
  type Layout,
  layoutOf,
} from '@tailrace/core/sink';
import type { ColumnGatherer, ValueGatherer } from './gatherer.js';
import { gatherFixedLists, gatherLists, gatherNothing, gatherStructs } from './nested-gatherer.js';

export function columnGatherer(type: DataType): ColumnGatherer {
  const validity = gatherBits();
  let nullCount = 0;
  /** Rows before the first null, whose bits are not kept. */
  let fullRows = 0;
  const values = valueGatherer(type);
  return {
    add(column, rows) {
      if (nullCount === 0 && column.nullCount === 0) {
        fullRows += rows;
      } else {
        if (nullCount === 0) validity.add(null, fullRows);
        validity.add(column.nullCount === 0 ? null : column.validity, rows);
      }
      nullCount += column.nullCount;
      values.add(column, rows);
    },
    get bytes() {
      return values.bytes;
    },
    take(rows) {
      const bits = validity.take();
      const taken = { ...values.take(rows), nullCount, validity: nullCount === 0 ? null : bits };
      nullCount = 0;
      fullRows = 0;
      return taken;
    },
  };
}

function valueGatherer(type: DataType): ValueGatherer {
  const layout = layoutOf(type);
  switch (layout.form) {
    case 'bits':
      return gatherBooleans();
    case 'fixed':
      return gatherFixed((length) => newValues(layout, length), layout.perRow);
    case 'bytes':
      return gatherStrings();
    case 'codes':
      return gatherCodes();
    case 'nothing':
      return gatherNothing();
    case 'list':
      return gatherLists(columnGatherer(layout.item.type));
    case 'fixed list':
      return gatherFixedLists(columnGatherer(layout.item.type), layout.size);
    case 'struct':
      return gatherStructs(layout.fields.map((field) => columnGatherer(field.type)));
  }
}

function newValues(
  { array, bytes, perRow }: Layout & { readonly form: 'fixed' },
  length: number,
): ColumnValues {
  return new array(new ArrayBuffer((length * bytes) / perRow), 0, length);
}

/** @param perRow elements of the array for each row */
function gatherFixed<T extends ColumnValues>(allocate: (length: number) => T, perRow = 1): ValueGatherer {
  let held = allocate(0);
  let length = 0;
  return {
    add(column, rows) {
      held = room(held, length, rows * perRow, allocate);
      // The column is of this gatherer's type: its schema was checked. `set` itself is typed per array type only.
      (held as Int32Array).set(column.values as Int32Array, length);
      length += rows * perRow;
    },
    get bytes() {
      return length * held.BYTES_PER_ELEMENT;
    },
    take(rows) {
      length = 0;
      return { values: held.subarray(0, rows * perRow), offsets: null, dictionary: null };
    },
  };
}

function gatherBooleans(): ValueGatherer {
  const bits = gatherBits();
  return {
    add: (column, rows) => bits.add(column.values as Uint8Array, rows), // the buffer of every bool column
    get bytes() {
      return bits.bytes;
    },
    take: () => ({ values: bits.take(), offsets: null, dictionary: null }),
  };
}

function gatherStrings(): ValueGatherer {
  const allocateBytes = (length: number): Uint8Array => new Uint8Array(length);
  const allocateOffsets = (length: number): Int32Array => new Int32Array(length);
  let text = allocateBytes(0);
  let textBytes = 0;
  let offsets = allocateOffsets(1);
  let count = 0;
  return {
    add(column, rows) {
      const source = column.values as Uint8Array; // the buffer of every utf8 column
      const from = column.offsets as Int32Array; // utf8 columns have offsets
      const first = from[0] as number; // rows + 1 offsets
      const size = (from[rows] as number) - first;
      text = room(text, textBytes, size, allocateBytes);
      text.set(source.subarray(first, first + size), textBytes);
      offsets = room(offsets, count + 1, rows, allocateOffsets);
      const shift = textBytes - first;
      for (let row = 1; row <= rows; row++) offsets[count + row] = (from[row] as number) + shift;
      textBytes += size;
      count += rows;
    },
    get bytes() {
      return textBytes + count * 4;
    },
    take(rows) {
      const taken = {
        values: text.subarray(0, textBytes),
        offsets: offsets.subarray(0, rows + 1),
        dictionary: null,
      };
      textBytes = 0;
      count = 0;
      return taken;
    },
  };
}

function gatherCodes(): ValueGatherer {
  const codes = gatherFixed((length) => new Int32Array(length));
  const strings = gatherStrings();
  let merged = new Map<string, number>();
  return {
    add(column, rows) {
      const dictionary = column.dictionary as DictionaryData; // dictionary columns have one
      const source = column.values as Int32Array; // the buffer of every dictionary column
      const known = new Int32Array(dictionary.length).fill(-1);
      const mapped = new Int32Array(rows);
      const { validity } = column;
      for (let row = 0; row < rows; row++) {
        // The code under a null may be anything; 0 stays in its place. One bit per row: in range.
        if (validity !== null && (((validity[row >> 3] as number) >> (row & 7)) & 1) === 0) continue;
        const code = source[row] as number; // rows codes
        let to = known[code] as number; // below the dictionary's length
        if (to === -1) {
          to = mergedCode(dictionary, code);
          known[code] = to;
        }
        mapped[row] = to;
      }
      codes.add({ ...column, values: mapped }, rows);
    },
    get bytes() {
      return codes.bytes + strings.bytes;
    },
    take(rows) {
      const { values, offsets } = strings.take(merged.size);
      const dictionary = {
        length: merged.size,
        offsets: offsets as Int32Array, // what gatherStrings makes
        values: values as Uint8Array, // the same
      };
      merged = new Map();
      return { ...codes.take(rows), dictionary };
    },
  };

  function mergedCode(dictionary: DictionaryData, code: number): number {
    const from = dictionary.offsets[code] as number; // below the dictionary's length
    const to = dictionary.offsets[code + 1] as number; // the same
    // latin1 keeps every byte apart and is the cheapest key; the text itself is not needed.
    const key = Buffer.from(
      dictionary.values.buffer,
      dictionary.values.byteOffset + from,
      to - from,
    ).toString('latin1');
    const before = merged.get(key);
    if (before !== undefined) return before;
    const made = merged.size;
    merged.set(key, made);
    strings.add(
      {
        nullCount: 0,
        validity: null,
        values: dictionary.values,
        offsets: Int32Array.of(from, to),
        dictionary: null,
      },
      1,
    );
    return made;
  }
}

interface BitGatherer {
  /** Appends `count` bits; null stands for ones. */
  add(bits: Uint8Array | null, count: number): void;
  readonly bytes: number;
  take(): Uint8Array;
}

function gatherBits(): BitGatherer {
  const allocate = (length: number): Uint8Array => new Uint8Array(length);
  let held = allocate(0);
  let length = 0;
  return {
    add(bits, count) {
      const end = length + count;
      held = room(held, (length + 7) >> 3, ((end + 7) >> 3) - ((length + 7) >> 3), allocate);
      const shift = length & 7;
      if (shift === 0 && bits !== null) {
        held.set(bits.subarray(0, (count + 7) >> 3), length >> 3);
      } else {
        for (let i = 0; i < count; i++) {
          const at = length + i;
          const bit = bits === null ? 1 : ((bits[i >> 3] as number) >> (i & 7)) & 1; // in range
          const mask = 1 << (at & 7);
          held[at >> 3] = bit === 1 ? (held[at >> 3] as number) | mask : (held[at >> 3] as number) & ~mask;
        }
      }
      length = end;
    },
    get bytes() {
      return (length + 7) >> 3;
    },
    take() {
      const taken = held.subarray(0, (length + 7) >> 3);
      length = 0;
      return taken;
    },
  };
}

/** `held` with room for `more` after the first `used`, grown by doubling. */
function room<T extends ColumnValues>(
  held: T,
  used: number,
  more: number,
  allocate: (length: number) => T,
): T {
  if (used + more <= held.length) return held;
  const grown = allocate(Math.max(used + more, held.length * 2, 64));
  // Both are of the same array type; `set` itself is typed per array type only.
  (grown as Uint8Array).set(held.subarray(0, used) as Uint8Array);
  return grown;
}
