// Owns the nested columns among those that grow by rows copied from others: each row takes the rows within along.
import type { ColumnData } from './batch-data.js';
import { type GatheredColumn, grownWords, type Values } from './gathered-values.js';

const noValues = new Uint8Array(0);
const plain = { values: noValues, offsets: null, dictionary: null };

/** The column within number `at`. */
function childOf({ children = [] }: ColumnData, at: number): ColumnData {
  // The batch has the schema that the gatherer was made for.
  return children[at] as ColumnData;
}

export function listValues(items: GatheredColumn): Values {
  let offsets: Int32Array<ArrayBuffer> = new Int32Array(0);
  let used = 0;
  return {
    bytes: (rows) => (rows === 0 ? 0 : (rows + 1) * 4) + items.bytes(used),
    append(source, from, rows) {
      const read = source.offsets as Int32Array; // lists have offsets
      let count = 0;
      for (const row of from) count += (read[row + 1] as number) - (read[row] as number);
      const taken = new Int32Array(count);
      offsets = grownWords(offsets, rows + from.length + 1);
      let next = 0;
      for (let at = 0; at < from.length; at++) {
        const row = from[at] as number;
        for (let item = read[row] as number; item < (read[row + 1] as number); item++) taken[next++] = item;
        offsets[rows + at + 1] = used + next;
      }
      items.append(childOf(source, 0), taken, used);
      used += count;
    },
    take(rows) {
      const taken = grownWords(offsets, rows + 1).subarray(0, rows + 1);
      const children = [items.take(used)];
      offsets = new Int32Array(0);
      used = 0;
      return { ...plain, offsets: taken, children };
    },
  };
}

export function fixedListValues(items: GatheredColumn, size: number): Values {
  return {
    bytes: (rows) => items.bytes(rows * size),
    append(source, from, rows) {
      const taken = new Int32Array(from.length * size);
      for (let at = 0; at < taken.length; at++)
        taken[at] = (from[Math.floor(at / size)] as number) * size + (at % size);
      items.append(childOf(source, 0), taken, rows * size);
    },
    take: (rows) => ({ ...plain, children: [items.take(rows * size)] }),
  };
}

export function structValues(fields: readonly GatheredColumn[]): Values {
  return {
    bytes: (rows) => fields.reduce((bytes, field) => bytes + field.bytes(rows), 0),
    append(source, from, rows) {
      for (const [at, field] of fields.entries()) field.append(childOf(source, at), from, rows);
    },
    take: (rows) => ({ ...plain, children: fields.map((field) => field.take(rows)) }),
  };
}
