// Owns damaged files before the readers, in a thread that may hang or grow: it says what it is about to read, then how that
// ended. The thread that started it watches both.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, isDeepStrictEqual } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { readArrow, readCsv, readMsgpack, readNdjson, readParquet } from '@tailrace/adapters/sources';
import { fromIterable, pipeline, type Schema, type Sink, type Source } from '@tailrace/core';
import { arrow, csv, msgpack, ndjson, parquet } from '@tailrace/writers';
import { judgeRefusal } from '../bad-inputs/verdict.js';
import { damaged } from '../damage.js';
import {
  type FlatRow,
  fits,
  flatRows,
  flatSchema,
  type NestedRow,
  nestedRows,
  nestedSchema,
  rowCount,
} from '../damaged-rows.js';
import { zstdFrame } from '../zstd-frame.js';

export interface DamagedReadsTask {
  readonly seed: number;
  /** Of the first and before the last trial. */
  readonly from: number;
  readonly to: number;
  readonly format: DamagedFormat;
}

/** Sent before each read, without `end`, and after it. */
export interface DamagedRead {
  readonly trial: number;
  readonly shown: string;
  readonly end?: 'refused' | 'as written' | 'other rows' | undefined;
  /** What is wrong about the end. */
  readonly problem?: string | undefined;
}

interface Variant {
  readonly ending: string;
  /** How it is written, or the name of a file that others wrote of the same rows. */
  readonly from: string | ((path: string) => Sink<NestedRow> | Sink<FlatRow>);
  /** CSV has none, and our own Parquet encoder. */
  readonly isNested?: boolean;
  /**
   * Whether all that is read of the file is held against a checksum in it: then rows are those that
   * were written, or there are none.
   */
  readonly hasChecksum?: boolean;
  /** Written without compression, and put into a frame with a checksum whose blocks are not compressed. */
  readonly inFrame?: boolean;
}

const require = createRequire(import.meta.url);
const isNested = true;
const hasChecksum = true;
const framed = { hasChecksum, inFrame: true };

const variantsOf = {
  parquet: [
    { ending: '.parquet', from: (path) => parquet(path, { compression: 'none' }) },
    { ending: '.parquet', from: (path) => parquet(path, { rowGroupRows: 13 }) },
    { ending: '.parquet', from: (path) => parquet(path, { compression: 'zstd', pageVersion: 2 }) },
    { ending: '.parquet', from: (path) => parquet(path, { engine: 'parquet-wasm', compression: 'lz4_raw' }) },
    { ending: '.parquet', isNested, from: (path) => parquet(path, { compression: 'none' }) },
    { ending: '.parquet', isNested, from: (path) => parquet(path, { rowGroupRows: 17 }) },
  ],
  csv: [
    { ending: '.csv', from: (path) => csv(path) },
    { ending: '.csv.gz', hasChecksum, from: (path) => csv(path) },
    { ending: '.csv.br', from: (path) => csv(path) },
    { ending: '.csv.zst', hasChecksum, from: (path) => csv(path) },
    { ending: '.csv.zst', ...framed, from: (path) => csv(path) },
  ],
  ndjson: [
    { ending: '.ndjson', isNested, from: (path) => ndjson(path) },
    { ending: '.ndjson.gz', isNested, hasChecksum, from: (path) => ndjson(path) },
    { ending: '.ndjson.br', isNested, from: (path) => ndjson(path) },
    { ending: '.ndjson.zst', isNested, hasChecksum, from: (path) => ndjson(path) },
    { ending: '.ndjson.zst', isNested, ...framed, from: (path) => ndjson(path) },
  ],
  arrow: [
    { ending: '.arrow', isNested, from: (path) => arrow(path, { as: 'file' }) },
    { ending: '.arrows', isNested, from: (path) => arrow(path, { as: 'stream' }) },
    { ending: '.arrow', from: (path) => arrow(path, { as: 'file', dictionaries: 'keep' }) },
    { ending: '.arrow', isNested, from: (path) => arrow(path, { as: 'file', buffers: 'zstd' }) },
    { ending: '.arrows', isNested, from: (path) => arrow(path, { as: 'stream', buffers: 'zstd' }) },
    { ending: '.arrow', isNested, from: 'nested-lz4.arrow' },
    { ending: '.arrows', isNested, from: 'nested-lz4.arrows' },
    { ending: '.arrows.zst', isNested, hasChecksum, from: (path) => arrow(path, { as: 'stream' }) },
    { ending: '.arrows.gz', isNested, hasChecksum, from: (path) => arrow(path, { as: 'stream' }) },
  ],
  msgpack: [
    { ending: '.msgpack', isNested, from: (path) => msgpack(path) },
    { ending: '.msgpack', isNested, from: (path) => msgpack(path, { layout: 'columns' }) },
    { ending: '.msgpack.gz', isNested, hasChecksum, from: (path) => msgpack(path) },
    { ending: '.msgpack.zst', isNested, hasChecksum, from: (path) => msgpack(path) },
    { ending: '.msgpack.zst', isNested, ...framed, from: (path) => msgpack(path, { layout: 'columns' }) },
  ],
} satisfies Record<string, readonly Variant[]>;

export type DamagedFormat = keyof typeof variantsOf;

// The campaign starts this thread, with nothing else.
const { seed, from, to, format } = workerData as DamagedReadsTask;
const tell = (read: DamagedRead): void => parentPort?.postMessage(read);

function sourceOf(path: string, schema: Schema<object>): Source<object> {
  switch (format) {
    case 'parquet':
      return readParquet(path, { schema });
    case 'csv':
      return readCsv(path, { schema });
    case 'ndjson':
      return readNdjson(path, { schema });
    case 'arrow':
      return readArrow(path, { schema });
    case 'msgpack':
      return readMsgpack(path, { schema });
  }
}

interface Whole {
  readonly variant: Variant;
  readonly schema: Schema<object>;
  readonly rows: readonly object[];
  readonly bytes: Buffer;
}

interface Read {
  /** Undefined for rows that are of their types and no more than a damaged file can have. */
  readonly problem?: string;
  readonly isAsWritten: boolean;
}

async function readOf(path: string, { variant, schema, rows }: Whole): Promise<Read> {
  const found: object[] = [];
  for await (const chunk of sourceOf(path, schema).open(new AbortController().signal)) {
    found.push(...chunk);
    // Pieces of the file may be there twice.
    if (found.length > 4 * rowCount)
      return { problem: `more than ${found.length} rows of ${rowCount}`, isAsWritten: false };
    const odd = chunk.find((row) => !fits(schema.fields, row));
    if (odd !== undefined)
      return {
        problem: `a row that is not of the schema: ${inspect(odd, { depth: 6 })}`,
        isAsWritten: false,
      };
  }
  const isAsWritten = isDeepStrictEqual(found, rows);
  return variant.hasChecksum === true && !isAsWritten
    ? { problem: `other rows than were written, in spite of a checksum: ${found.length}`, isAsWritten }
    : { isAsWritten };
}

async function wholeOf(variant: Variant, dir: string): Promise<Whole> {
  const { ending, inFrame = false } = variant;
  const path = join(dir, `whole${inFrame ? ending.slice(0, ending.lastIndexOf('.')) : ending}`);
  const schema: Schema<object> = { fields: (variant.isNested === true ? nestedSchema : flatSchema).fields };
  const rows: readonly object[] = [...(variant.isNested === true ? nestedRows() : flatRows())];
  await write(variant.from, path, schema, rows);
  const bytes = await readFile(path);
  await rm(path);
  const whole = { variant, schema, rows, bytes: inFrame ? await zstdFrame(bytes) : bytes };
  const readable = join(dir, `whole${ending}`);
  await writeFile(readable, whole.bytes);
  const { isAsWritten, problem = 'not the rows that were written' } = await readOf(readable, whole);
  if (!isAsWritten) throw new Error(`${readable}, which is whole: ${problem}`);
  await rm(readable);
  return whole;
}

async function write(
  from: Variant['from'],
  path: string,
  schema: Schema<object>,
  rows: readonly object[],
): Promise<void> {
  if (typeof from === 'string') return copyFile(require.resolve(`#campaign-files/${from}`), path);
  // The sink of a variant takes rows of its own schema.
  const sink = from(path) as Sink<object>;
  await pipeline('whole', (flow) => {
    flow.write('whole', flow.source('rows', fromIterable(rows), { schema }), sink);
  }).run({ workers: 0 }).completed;
}

const dir = await mkdtemp(join(tmpdir(), 'tailrace-damaged-'));
try {
  const wholes: Whole[] = [];
  for (const variant of variantsOf[format]) wholes.push(await wholeOf(variant, dir));
  for (let trial = from; trial < to; trial += 1) {
    const at = trial % wholes.length;
    const whole = wholes[at];
    if (whole === undefined) break;
    const { bytes, shown } = damaged(whole.bytes, seed, trial);
    const path = join(dir, `damaged${whole.variant.ending}`);
    await writeFile(path, bytes);
    tell({ trial, shown: `variant ${at}, ${whole.variant.ending}: ${shown}` });
    try {
      const { problem, isAsWritten } = await readOf(path, whole);
      tell({ trial, shown, end: isAsWritten ? 'as written' : 'other rows', ...(problem && { problem }) });
    } catch (error) {
      try {
        judgeRefusal(error, [path]);
        tell({ trial, shown, end: 'refused' });
      } catch (problem) {
        tell({ trial, shown, end: 'refused', problem: String(problem) });
      }
    }
  }
} finally {
  await rm(dir, { recursive: true, force: true });
}
