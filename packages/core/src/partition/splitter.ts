// Owns the division of a batch's rows among partitions. It moves no data: it only says which rows go where.
import type { BatchData, ColumnData } from '../batch/batch.js';
import { describeSchema, type Schema } from '../batch/schema.js';
import { TailraceError } from '../errors/tailrace-error.js';
import { createCollisionGuard } from './collisions.js';
import { type ColumnValues, createColumnValues, type PartitionValue } from './column-values.js';

export interface Partition {
  /** Relative directory with `/`: `year=2001/origin_state=CA`. */
  readonly directory: string;
  readonly values: Readonly<Record<string, PartitionValue>>;
}

/** How one batch divides; valid until the next `split`. */
export interface Split {
  /** Ids of the partitions that have rows in the batch, in the order in which they first appear. */
  readonly partitions: readonly number[];
  /** Row numbers of the partition at this place of `partitions`, ascending. */
  rowsOf(at: number): Int32Array;
}

export interface Splitter {
  /** @throws ValueError for a value that cannot name a directory; OVERFLOW for more partitions than the limit */
  split(data: BatchData): Split;
  /** Facts about a partition; ids count from 0 and stay the same from batch to batch. */
  partition(id: number): Partition;
}

export interface SplitterOptions {
  readonly output: string;
  readonly schema: Schema;
  /** Names of the columns, outermost directory first. */
  readonly partitionBy: readonly string[];
  /** Distinct partitions after which it gives up. */
  readonly maxPartitions: number;
}

/** One partition column: where it is in the batch, and its distinct values so far. */
interface Level {
  readonly at: number;
  readonly values: ColumnValues;
  /** From the id of the directories above and the id of this level's value to the id of the directory here. */
  readonly ids: Map<number, number>;
  /** For each id, the id of the directory above and of this level's value. */
  readonly above: number[];
  readonly value: number[];
}

/** Two ids in one number: 2^26 values in each of 2^26 directories still make a safe integer. */
const pairFactor = 0x400_0000;

export function createSplitter(options: SplitterOptions): Splitter {
  const levels = options.partitionBy.map((name) => levelOf(options.schema, name));
  const last = levels[levels.length - 1] as Level;
  const guard = createCollisionGuard(options.output);
  const known: Partition[] = [];
  let rowsSeen = 0;
  let ids: Int32Array<ArrayBuffer> = new Int32Array(0);
  let column: Int32Array<ArrayBuffer> = new Int32Array(0);
  let counts: Int32Array<ArrayBuffer> = new Int32Array(64);

  const admit = (id: number): void => {
    if (id >= options.maxPartitions) throw tooMany(options);
    const partition = describe(options.partitionBy, levels, id);
    guard.add(partition.directory);
    known.push(partition);
  };

  return {
    partition: (id) => known[id] as Partition,
    split(data) {
      const { rows } = data;
      if (ids.length < rows) {
        ids = new Int32Array(rows);
        column = new Int32Array(rows);
      }
      ids.fill(0, 0, rows);
      for (const level of levels) {
        level.values.identify(data.columns[level.at] as ColumnData, rows, column, rowsSeen);
        combine(level, ids, column, rows);
      }
      rowsSeen += rows;
      while (known.length < last.above.length) admit(known.length);
      if (counts.length < known.length) counts = new Int32Array(known.length * 2);
      return group(ids, rows, counts);
    },
  };
}

/** Replaces the id of the directories above by the id of the directory at this level, row by row. */
function combine(level: Level, ids: Int32Array, column: Int32Array, rows: number): void {
  let lastKey = -1;
  let lastId = 0;
  for (let row = 0; row < rows; row += 1) {
    const above = ids[row] as number;
    const value = column[row] as number;
    const key = above * pairFactor + value;
    if (key !== lastKey) {
      lastKey = key;
      let id = level.ids.get(key);
      if (id === undefined) {
        id = level.above.length;
        level.ids.set(key, id);
        level.above.push(above);
        level.value.push(value);
      }
      lastId = id;
    }
    ids[row] = lastId;
  }
}

/** Counting sort of the rows by partition, stable. Leaves `counts` zeroed, as it found it. */
function group(ids: Int32Array, rows: number, counts: Int32Array): Split {
  const partitions: number[] = [];
  for (let row = 0; row < rows; row += 1) {
    const id = ids[row] as number;
    if (counts[id] === 0) partitions.push(id);
    (counts[id] as number) += 1;
  }
  const ends: number[] = [];
  let next = 0;
  for (const id of partitions) {
    const start = next;
    next += counts[id] as number;
    counts[id] = start;
    ends.push(next);
  }
  const sorted = new Int32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const id = ids[row] as number;
    sorted[counts[id] as number] = row;
    (counts[id] as number) += 1;
  }
  for (const id of partitions) counts[id] = 0;
  return {
    partitions,
    rowsOf: (at) => sorted.subarray(at === 0 ? 0 : ends[at - 1], ends[at]),
  };
}

function levelOf(schema: Schema, name: string): Level {
  const at = schema.fields.findIndex((field) => field.name === name);
  const field = schema.fields[at];
  if (field === undefined) {
    throw new TailraceError(
      `There is no column "${name}" to partition by; the columns are ${describeSchema(schema)}. ` +
        `Name one of them in partitionBy, or add the column in a stage.`,
      { code: 'SCHEMA_INVALID', operation: 'check schema', context: { column: name } },
    );
  }
  return { at, values: createColumnValues(field), ids: new Map(), above: [], value: [] };
}

function describe(names: readonly string[], levels: readonly Level[], id: number): Partition {
  const segments: string[] = [];
  const values: [string, PartitionValue][] = [];
  let current = id;
  for (let depth = levels.length - 1; depth >= 0; depth -= 1) {
    const level = levels[depth] as Level;
    const value = level.value[current] as number;
    segments.unshift(level.values.segment(value));
    values.unshift([names[depth] as string, level.values.value(value)]);
    current = level.above[current] as number;
  }
  return { directory: segments.join('/'), values: Object.fromEntries(values) };
}

function tooMany({ output, partitionBy, maxPartitions }: SplitterOptions): TailraceError {
  return new TailraceError(
    `Output "${output}" has more than ${maxPartitions} partitions by ${partitionBy.join(', ')}: as many directories, each ` +
      `with small files, help no reader. Partition by columns with fewer values, or raise maxPartitions.`,
    { code: 'OVERFLOW', operation: 'split batch', context: { output, maxPartitions } },
  );
}
