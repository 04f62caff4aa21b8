// Owns damaged files before the readers, in a thread that may hang or grow: it says what it is about to read, then how that
// ended. The thread that started it watches both.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { readArrow, readCsv, readMsgpack, readNdjson, readParquet } from '@tailrace/adapters/sources';
import { fromIterable, pipeline, type Sink, type Source } from '@tailrace/core';
import { arrow, csv, msgpack, ndjson, parquet } from '@tailrace/writers';
import { judgeRefusal } from '../bad-inputs/verdict.js';
import { damaged } from '../damage.js';
import { fits, type Row, rowCount, rowsOf, schema } from '../damaged-rows.js';

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
  readonly end?: 'refused' | 'read' | 'same' | undefined;
  /** What is wrong about the end. */
  readonly problem?: string | undefined;
}

interface Variant {
  readonly ending: string;
  sink(path: string): Sink<Row>;
}
const variantsOf = {
  parquet: [
    { ending: '.parquet', sink: (path) => parquet(path, { compression: 'none' }) },
    { ending: '.parquet', sink: (path) => parquet(path, { rowGroupRows: 13 }) },
    { ending: '.parquet', sink: (path) => parquet(path, { compression: 'zstd', pageVersion: 2 }) },
    { ending: '.parquet', sink: (path) => parquet(path, { engine: 'parquet-wasm', compression: 'lz4_raw' }) },
  ],
  csv: ['.csv', '.csv.gz', '.csv.br', '.csv.zst'].map((ending) => ({ ending, sink: (path) => csv(path) })),
  ndjson: ['.ndjson', '.ndjson.gz', '.ndjson.br', '.ndjson.zst'].map((ending) => ({
    ending,
    sink: (path) => ndjson(path),
  })),
  arrow: [
    { ending: '.arrow', sink: (path) => arrow(path, { as: 'file' }) },
    { ending: '.arrows', sink: (path) => arrow(path, { as: 'stream' }) },
    { ending: '.arrow', sink: (path) => arrow(path, { as: 'file', dictionaries: 'keep' }) },
    { ending: '.arrows.zst', sink: (path) => arrow(path, { as: 'stream' }) },
  ],
  msgpack: [
    { ending: '.msgpack', sink: (path) => msgpack(path) },
    { ending: '.msgpack', sink: (path) => msgpack(path, { layout: 'columns' }) },
    { ending: '.msgpack.gz', sink: (path) => msgpack(path) },
  ],
} satisfies Record<string, readonly Variant[]>;

export type DamagedFormat = keyof typeof variantsOf;

const { seed, from, to, format } = workerData as DamagedReadsTask;
const tell = (read: DamagedRead): void => parentPort?.postMessage(read);

function sourceOf(path: string): Source<Row> {
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

/** Undefined for rows that are of their types and no more than a damaged file can have. */
async function problemOf(path: string): Promise<string | undefined> {
  let count = 0;
  for await (const chunk of sourceOf(path).open(new AbortController().signal)) {
    count += chunk.length;
    // Pieces of the file may be there twice.
    if (count > 4 * rowCount) return `more than ${count} rows of ${rowCount}`;
    const odd = chunk.find((row) => !fits(row));
    if (odd !== undefined)
      return `a row that is not of the schema: ${Object.values(odd).map(String).join(', ')}`;
  }
  return undefined;
}

const dir = await mkdtemp(join(tmpdir(), 'tailrace-damaged-'));
try {
  const wholes = await Promise.all(
    variantsOf[format].map(async ({ ending, sink }, at) => {
      const path = join(dir, `whole-${at}${ending}`);
      await pipeline('whole', (flow) => {
        flow.write('whole', flow.source('rows', fromIterable(rowsOf()), { schema }), sink(path));
      }).run({ workers: 0 }).completed;
      return { ending, bytes: await readFile(path) };
    }),
  );
  for (let trial = from; trial < to; trial += 1) {
    const whole = wholes[trial % wholes.length];
    if (whole === undefined) break;
    const { bytes, shown } = damaged(whole.bytes, seed, trial);
    const path = join(dir, `damaged${whole.ending}`);
    await writeFile(path, bytes);
    tell({ trial, shown: `${whole.ending}: ${shown}` });
    try {
      const problem = await problemOf(path);
      const end = bytes.equals(whole.bytes) ? 'same' : 'read';
      tell({ trial, shown, end, ...(problem === undefined ? {} : { problem }) });
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
