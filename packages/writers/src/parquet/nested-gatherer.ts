// Owns the nested columns among those into which several batches are copied: offsets move along, items follow.
import type { ColumnData } from '@tailrace/core/sink';
import type { ColumnGatherer, ValueGatherer } from './gatherer.js';

const noValues = new Uint8Array(0);
const plain = { values: noValues, offsets: null, dictionary: null };

/** The column within number `at`. */
function childOf({ children = [] }: ColumnData, at: number): ColumnData {
  return children[at] as ColumnData; // the schema of the batch was checked
}

export function gatherNothing(): ValueGatherer {
  return { add: () => undefined, bytes: 0, take: () => plain };
}

export function gatherLists(items: ColumnGatherer): ValueGatherer {
  let offsets = new Int32Array(1);
  let rows = 0;
  let count = 0;
  return {
    add(column, more) {
      const from = column.offsets as Int32Array; // lists have offsets
      if (rows + more >= offsets.length) {
        const grown = new Int32Array(Math.max(rows + more + 1, offsets.length * 2));
        grown.set(offsets);
        offsets = grown;
      }
      for (let row = 1; row <= more; row++) offsets[rows + row] = (from[row] as number) + count; // in range
      const taken = from[more] as number; // the same
      items.add(childOf(column, 0), taken);
      rows += more;
      count += taken;
    },
    get bytes() {
      return rows * 4 + items.bytes;
    },
    take(taken) {
      const children = [items.take(count)];
      rows = 0;
      count = 0;
      return { ...plain, offsets: offsets.subarray(0, taken + 1), children };
    },
  };
}

export function gatherFixedLists(items: ColumnGatherer, size: number): ValueGatherer {
  return {
    add: (column, rows) => items.add(childOf(column, 0), rows * size),
    get bytes() {
      return items.bytes;
    },
    take: (rows) => ({ ...plain, children: [items.take(rows * size)] }),
  };
}

export function gatherStructs(fields: readonly ColumnGatherer[]): ValueGatherer {
  return {
    add(column, rows) {
      for (const [at, field] of fields.entries()) field.add(childOf(column, at), rows);
    },
    get bytes() {
      return fields.reduce((sum, field) => sum + field.bytes, 0);
    },
    take: (rows) => ({ ...plain, children: fields.map((field) => field.take(rows)) }),
  };
}
