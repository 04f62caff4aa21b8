// Owns the choice of an encoding for each column, made from a sample of the first rows. It knows no Parquet library.
import { type BatchData, type ColumnData, type DataType, isNested } from '@tailrace/core/sink';

export interface ColumnEncoding {
  readonly column: string;
  readonly dictionary: boolean;
  /** What is used without a dictionary, or when the dictionary grows too large. */
  readonly plain: 'plain' | 'delta';
}

/** Rows looked at, spread evenly over the batch. */
const sampleRows = 2048;
/** With fewer rows than this a sample says nothing. */
const fewRows = 256;
/** A dictionary does not pay when more than this share of the values differ. */
const maxDistinctShare = 0.25;

/**
 * A dictionary unless the values differ too much; integers then as differences (DELTA_BINARY_PACKED), the rest plain.
 * How many values differ in the whole batch is estimated from the sample after Chao (1984), "Nonparametric estimation of
 * the number of classes in a population": d + f1^2 / (2 f2), where f1 and f2 values were met once and twice.
 */
export function chooseEncodings(data: BatchData): ColumnEncoding[] {
  return data.schema.fields.map(({ name, type }, index) => {
    const column = data.columns[index];
    const plain = isInteger(type) ? 'delta' : 'plain';
    const dictionary =
      hasDictionary(type) &&
      (type.kind === 'dictionary' ||
        column === undefined ||
        data.rows < fewRows ||
        estimateDistinct(column, data.rows) <= maxDistinctShare * data.rows);
    return { column: name, dictionary, plain };
  });
}

/** bool has two values anyway, and what nested columns hold is looked at by nobody. */
function hasDictionary(type: DataType): boolean {
  return type.kind !== 'bool' && type.kind !== 'null' && !isNested(type);
}

function isInteger(type: DataType): boolean {
  return type.kind === 'int32' || type.kind === 'int64' || type.kind === 'date' || type.kind === 'timestamp';
}

const slotBits = 12;
const slots = 1 << slotBits;
/** Scratch of `estimateDistinct`, which is synchronous: hash by slot, and how often it was met (0: free slot). */
const hashes = new Int32Array(slots);
const counts = new Uint16Array(slots);

/** Estimated number of different values in the column; equal hashes count as equal values, which is near enough. */
export function estimateDistinct(column: ColumnData, rows: number): number {
  counts.fill(0);
  const taken = Math.min(sampleRows, rows);
  const hash = columnHash(column, rows);
  let distinct = 0;
  let once = 0;
  let twice = 0;
  for (let i = 0; i < taken; i++) {
    const value = hash(Math.floor((i * rows) / taken));
    let slot = value >>> (32 - slotBits);
    while (counts[slot] !== 0 && hashes[slot] !== value) slot = (slot + 1) & (slots - 1);
    const before = counts[slot] as number; // slot is in range
    hashes[slot] = value;
    counts[slot] = before + 1;
    if (before === 0) {
      distinct += 1;
      once += 1;
    } else if (before === 1) {
      once -= 1;
      twice += 1;
    } else if (before === 2) {
      twice -= 1;
    }
  }
  if (taken === rows) return distinct;
  const unseen = twice > 0 ? once ** 2 / (2 * twice) : (once * (once - 1)) / 2;
  return Math.min(rows, distinct + unseen);
}

/** Knuth's multiplicative hash (The Art of Computer Programming, vol. 3, 6.4): the high bits are the good ones. */
const mix = (word: number): number => Math.imul(word, 0x9e3779b1);

function columnHash({ values, offsets }: ColumnData, rows: number): (row: number) => number {
  if (offsets !== null && values instanceof Uint8Array) {
    return (row) => {
      // FNV-1a (Fowler, Noll, Vo); rows and offsets are in range.
      let hash = 0x811c9dc5;
      const end = offsets[row + 1] as number;
      for (let i = offsets[row] as number; i < end; i++)
        hash = Math.imul(hash ^ (values[i] as number), 0x01000193);
      return mix(hash);
    };
  }
  if (values instanceof Int32Array) return (row) => mix(values[row] as number);
  const width = values.byteLength / rows;
  if (width !== 8) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return (row) => {
      let hash = 0x811c9dc5;
      for (let at = row * width; at < (row + 1) * width; at++)
        hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
      return mix(hash);
    };
  }
  const words = new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
  return (row) => mix(mix(words[row * 2 + 1] as number) ^ (words[row * 2] as number));
}
