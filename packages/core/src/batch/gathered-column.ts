// Owns one column that grows by rows copied from others: plain loops over typed arrays, no value becomes an object.
import { TailraceError } from '../errors/tailrace-error.js';
import type { DictionaryData } from './batch-data.js';
import { fixedListValues, listValues, structValues } from './gathered-nested.js';
import {
  bitValues,
  capacityFor,
  fixedValues,
  type GatheredColumn,
  grownBits,
  grownWords,
  noValues,
  type Values,
  wordValues,
} from './gathered-values.js';
import { layoutOf } from './layout.js';
import type { DataType } from './schema.js';
import { layDown } from './text-layout.js';
import { utf8Reader } from './utf8-reader.js';

export function createGatheredColumn(type: DataType): GatheredColumn {
  const values = valuesOf(type);
  let validity: Uint8Array = new Uint8Array(0);
  let nullCount = 0;
  return {
    bytes: (rows) => values.bytes(rows) + (nullCount === 0 ? 0 : (rows + 7) >> 3),
    append(source, from, rows) {
      values.append(source, from, rows);
      if (nullCount === 0 && source.nullCount === 0) return;
      // Every bit is 1 until its row is null; before the first null there is no bitmap at all.
      const room = nullCount === 0 ? new Uint8Array(0) : validity;
      validity = grownBits(room, rows + from.length, 0xff);
      const bits = source.nullCount === 0 ? null : source.validity;
      if (bits === null) return;
      for (let at = 0; at < from.length; at++) {
        const row = from[at] as number;
        if (((bits[row >> 3] as number) >> (row & 7)) & 1) continue;
        const to = rows + at;
        validity[to >> 3] = (validity[to >> 3] as number) & ~(1 << (to & 7));
        nullCount += 1;
      }
    },
    take(rows) {
      const bits = nullCount === 0 ? null : trimmedBits(validity, rows);
      const taken = { nullCount, validity: bits, ...values.take(rows) };
      validity = new Uint8Array(0);
      nullCount = 0;
      return taken;
    },
  };
}

function valuesOf(type: DataType): Values {
  const layout = layoutOf(type);
  switch (layout.form) {
    case 'bits':
      return bitValues();
    case 'fixed':
      return fixedValues(layout);
    case 'bytes':
      return textValues();
    case 'codes':
      return dictionaryValues();
    case 'nothing':
      return noValues();
    case 'list':
      return listValues(createGatheredColumn(layout.item.type));
    case 'fixed list':
      return fixedListValues(createGatheredColumn(layout.item.type), layout.size);
    case 'struct':
      return structValues(layout.fields.map((field) => createGatheredColumn(field.type)));
  }
}

/** Bits after the last row are 0. */
function trimmedBits(bits: Uint8Array, rows: number): Uint8Array {
  const trimmed = bits.subarray(0, (rows + 7) >> 3);
  if ((rows & 7) !== 0)
    trimmed[trimmed.length - 1] = (trimmed[trimmed.length - 1] as number) & ((1 << (rows & 7)) - 1);
  return trimmed;
}

/** Below this a loop over bytes beats a call of `set`. */
const copyByLoop = 32;

function textValues(): Values {
  let offsets: Int32Array<ArrayBuffer> = new Int32Array(0);
  let bytes: Uint8Array = new Uint8Array(0);
  let used = 0;
  return {
    bytes: (rows) => (rows === 0 ? 0 : (rows + 1) * 4) + used,
    append(source, from, rows) {
      const readOffsets = source.offsets as Int32Array;
      const read = source.values as Uint8Array;
      offsets = grownWords(offsets, rows + from.length + 1);
      let needed = used;
      for (let at = 0; at < from.length; at++) {
        const row = from[at] as number;
        needed += (readOffsets[row + 1] as number) - (readOffsets[row] as number);
      }
      if (needed > bytes.length) {
        const grown = new Uint8Array(capacityFor(needed, bytes.length));
        grown.set(bytes.subarray(0, used));
        bytes = grown;
      }
      const write = bytes;
      let to = used;
      for (let at = 0; at < from.length; at++) {
        const row = from[at] as number;
        const start = readOffsets[row] as number;
        const end = readOffsets[row + 1] as number;
        if (end - start > copyByLoop) {
          write.set(read.subarray(start, end), to);
          to += end - start;
        } else {
          for (let byte = start; byte < end; byte++) write[to++] = read[byte] as number;
        }
        offsets[rows + at + 1] = to;
      }
      used = to;
    },
    take(rows) {
      const taken = {
        values: bytes.subarray(0, used),
        offsets: grownWords(offsets, rows + 1).subarray(0, rows + 1),
      };
      offsets = new Int32Array(0);
      bytes = new Uint8Array(0);
      used = 0;
      return { ...taken, dictionary: null };
    },
  };
}

/** Every batch brings a dictionary of its own: the gathered one holds the strings that gathered rows use. */
function dictionaryValues(): Values {
  const words = wordValues(1, Int32Array);
  const codes = new Map<string, number>();
  let textBytes = 0;
  let last: DictionaryData | null = null;
  let mapping = new Int32Array(0);
  let read: (row: number) => string = () => '';

  const codeOf = (text: string): number => {
    let code = codes.get(text);
    if (code === undefined) {
      code = codes.size;
      codes.set(text, code);
      textBytes += Buffer.byteLength(text, 'utf8') + 4;
    }
    return code;
  };

  return {
    bytes: (rows) => rows * 4 + textBytes,
    append(source, from, rows) {
      const { dictionary } = source;
      if (dictionary === null) throw withoutDictionary();
      if (dictionary !== last) {
        last = dictionary;
        mapping = new Int32Array(dictionary.length).fill(-1);
        read = utf8Reader(dictionary.values, dictionary.offsets, dictionary.length);
      }
      const old = source.values as Int32Array;
      const mapped = new Int32Array(from.length);
      for (let at = 0; at < from.length; at++) {
        const code = old[from[at] as number] as number;
        // Undefined only for the code of a null in an empty dictionary; nothing reads it.
        let next = mapping[code] ?? 0;
        if (next === -1) {
          next = codeOf(read(code));
          mapping[code] = next;
        }
        mapped[at] = next;
      }
      words.append({ ...source, values: mapped }, identity(from.length), rows);
    },
    take(rows) {
      const dictionary = layDown([...codes.keys()]);
      codes.clear();
      textBytes = 0;
      last = null;
      return { ...words.take(rows), dictionary };
    },
  };
}

function withoutDictionary(): TailraceError {
  return new TailraceError(
    'A dictionary column came without its dictionary: its data does not belong to its schema.',
    {
      code: 'SCHEMA_INVALID',
      operation: 'gather rows',
    },
  );
}

let ascending: Int32Array = new Int32Array(0);

/** 0, 1, 2 and so on. */
function identity(length: number): Int32Array {
  if (ascending.length < length) ascending = Int32Array.from({ length: length * 2 }, (_, at) => at);
  return ascending.subarray(0, length);
}
