// Owns how a stage whose rows are written is held to what it gave in an earlier run of its job: what it gives is summed up,
// compared where the journal has a sum, and told to the journal where writes are cut.
import { type Batch, type BatchData, batchData } from '../batch/batch.js';
import { createRowChecksum } from '../batch/row-checksum.js';
import { describeType, type Schema } from '../batch/schema.js';
import { NondeterminismError } from '../errors/named-errors.js';
import type { GivenRecord, GivenSum } from '../store/journal/records.js';

/** How outlets tell what they give out: before anybody has it. Both throw NondeterminismError when it is not what it was. */
export interface BatchWatch {
  batch(batch: Batch<unknown>): void;
  /** That was all. */
  complete(): void;
}

export interface StageWatch extends BatchWatch {
  /** An output has all batches of one of its writes. */
  sealed(output: string, write: number): void;
  /** Resolves when the journal has what was to be told so far; rejects when it could not be told. */
  told(): Promise<void>;
  /** A sentence about what differs though nothing published is at odds with it. */
  readonly note: string | undefined;
}

export interface StageWatchOptions {
  readonly pipeline: string;
  readonly stage: string;
  readonly runId: string;
  /** Of this job, in the order in which they were told. */
  readonly earlier: readonly GivenRecord[];
  /** Outputs from the same sources that are published, or may be: what differs from them is an error. */
  readonly published: readonly string[];
  /** Outputs that are written from the stage now. */
  readonly outputs: readonly string[];
  /** Columns that are other ones in every run, though the stage gives the same. */
  readonly varies: readonly string[];
  /** For messages. */
  readonly directory: string;
  readonly append: (record: GivenRecord) => Promise<void>;
}

interface EarlierSum extends GivenSum {
  readonly schema: string;
}

/** Sums that are told before they are thinned out, and by which part of its rows a stage must have grown since the last. */
const firstSums = 64;
const growth = 1 + 1 / 64;
/**
 * Checksums of columns that a run tells of a stage in this way, some 15 bytes each, so that the journal of a wide stage
 * stays small too. Beyond them it must have doubled.
 */
const mostColumnSums = 100_000;

export function createStageWatch(options: StageWatchOptions): StageWatch {
  const { stage, runId, published, varies } = options;
  const sum = createRowChecksum();
  let earlier = options.earlier
    .flatMap(({ schema, sums }) => sums.map((sum): EarlierSum => ({ ...sum, schema })))
    .sort((a, b) => a.rows - b.rows);
  /** The first of `earlier` that has not been compared. */
  let next = 0;
  /** What is told from now on has nothing to do with what was told before. */
  let fresh = earlier.length === 0;
  let schema: Schema | undefined;
  let ended = false;
  let note: string | undefined;
  let sums = 0;
  let columnSums = 0;
  let last: Pick<GivenSum, 'rows' | 'ended'> = { rows: 0, ended: false };
  /** Those for the next record, while one is being written. Few: see `firstSums`. */
  let pending: GivenSum[] = [];
  let telling: Promise<void> | undefined;

  const differs = (record: EarlierSum, what: string): void => {
    const place = placeOf(record, earlier);
    if (published.length > 0) throw differing(options, record, place, what);
    note =
      `stage '${stage}' did not give the same as in an earlier attempt (${place}: ${what}). Nothing of that attempt was ` +
      'published, so nothing is mixed; after a crash in part it would be an error. Ask for durable: true.';
    earlier = [];
    next = 0;
    pending = [];
    fresh = true;
    last = { rows: 0, ended: false };
  };
  const compare = (record: EarlierSum): void => {
    next += 1;
    const what = differenceOf(record, schema, sum.columns());
    if (what === undefined) last = record;
    else differs(record, what);
  };
  const tell = async (): Promise<void> => {
    while (pending.length > 0) {
      const sums = pending;
      const first = fresh;
      pending = [];
      fresh = false;
      const described = schema === undefined ? '' : describeColumns(schema);
      await options.append({ type: 'given', runId, stage, first, schema: described, sums });
    }
    telling = undefined;
  };

  return {
    batch(batch) {
      const data = comparable(batchData(batch), varies);
      schema ??= data.schema;
      let from = 0;
      for (let record = earlier[next]; record !== undefined; record = earlier[next]) {
        const to = from + record.rows - sum.rows;
        if (to > data.rows) break;
        sum.take(data, from, to);
        from = to;
        compare(record);
      }
      const end = earlier[next - 1];
      if (end?.ended && from < data.rows) differs(end, `there are more than ${end.rows} rows in all`);
      sum.take(data, from, data.rows);
    },
    complete() {
      ended = true;
      const missed = earlier[next];
      if (missed !== undefined && missed.rows > sum.rows) {
        differs(missed, `there are ${sum.rows} rows in all`);
      }
    },
    sealed(output, write) {
      // What comes before a sum that is yet to be compared is part of that.
      if (!ended && next < earlier.length) return;
      const { rows } = sum;
      const isKnown = last.rows === rows && (last.ended || !ended);
      const isMuch = columnSums >= mostColumnSums;
      const isDue = (sums < firstSums && !isMuch) || rows >= last.rows * (isMuch ? 2 : growth);
      if (isKnown || !(ended || isDue)) return;
      sums += 1;
      last = { rows, ended };
      const columns = sum.columns().map(({ form, checksum }) => [form, checksum] as const);
      columnSums += columns.length;
      pending.push({ rows, ended, columns, output, write });
      if (telling !== undefined) return;
      telling = tell();
      // Whoever is about to commit sees it, and so does everybody else who appends.
      telling.catch(() => undefined);
    },
    async told() {
      await telling;
    },
    get note() {
      return note;
    },
  };
}

function comparable(data: BatchData, varies: readonly string[]): BatchData {
  if (varies.length === 0) return data;
  const { fields } = data.schema;
  const stays = (_: unknown, at: number): boolean => !varies.includes(fields[at]?.name ?? '');
  return {
    ...data,
    schema: { ...data.schema, fields: fields.filter(stays) },
    columns: data.columns.filter(stays),
  };
}

/** Names and types: which columns may be null, and how text is held, may come out otherwise when batches have another size. */
function describeColumns({ fields }: Schema): string {
  return fields.map(({ name, type }) => `${name} ${describeType(type)}`).join(', ');
}

type Columns = ReturnType<ReturnType<typeof createRowChecksum>['columns']>;

/** The first thing that differs at a place where a stage has given as many rows as before. */
function differenceOf(record: EarlierSum, schema: Schema | undefined, columns: Columns): string | undefined {
  if (record.rows === 0 || schema === undefined) return undefined;
  const described = describeColumns(schema);
  if (described !== record.schema) return `its columns are ${described} instead of ${record.schema}`;
  const index = columns.findIndex(({ form, checksum }, at) => {
    const [formThen, checksumThen] = record.columns[at] ?? [];
    return formThen === form && checksumThen !== checksum;
  });
  const name = schema.fields[index]?.name;
  return name === undefined ? undefined : `the checksum of column '${name}' is another one`;
}

/** The rows up to a sum, as the write at whose end it was taken. */
function placeOf(record: GivenSum, earlier: readonly GivenSum[]): string {
  const before = earlier.findLast(({ rows }) => rows < record.rows)?.rows ?? 0;
  return `write ${record.write} of output '${record.output}', rows ${before} to ${record.rows}`;
}

function differing(
  { pipeline, stage, published, outputs, directory }: StageWatchOptions,
  { output, write }: GivenSum,
  place: string,
  what: string,
): NondeterminismError {
  const names = (list: readonly string[]): string => list.map((name) => `'${name}'`).join(', ');
  return new NondeterminismError(
    `Stage '${stage}' of pipeline '${pipeline}' did not give the same as in the run that published ` +
      `${names(published)}, though its sources are the same (${place}: ${what}). ${names(outputs)} would not ` +
      'agree with what is published, and was not written. The next time run with durable: true, or take what ' +
      'changes (a clock, a random number, an order that depends on time) out of the stage; now begin the job ' +
      `anew: remove ${directory} and what was published, or write with mode overwrite.`,
    { operation: 'resume job', context: { pipeline, stage, output, write } },
  );
}
