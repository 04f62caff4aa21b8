// A program that writes one large output of numbers and says what memory that took: `MemorySeen` as JSON. Started by
// test/stores/support/memory.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { azureBlob } from '@tailrace/adapters/azure-blob';
import { s3 } from '@tailrace/adapters/s3';
import { defineSchema, float64, fromChunks, pipeline } from '@tailrace/core';
import { csv, parquet } from '@tailrace/writers';

export interface LargeOutput {
  /** URL or path of a directory that does not exist. */
  readonly target: string;
  /** Size of the rows as numbers of eight bytes. */
  readonly mebibytes: number;
  readonly memory: string;
  readonly format: 'parquet' | 'csv';
  /** Of S3. */
  readonly endpoint?: string | undefined;
}

/** Bytes, of the whole process with its threads, what they share included. */
export interface MemorySeen {
  /** When everything is loaded, and nothing has been run. */
  readonly idle: number;
  /** After an output of 8 MiB: threads are up, the SDK is loaded in them. */
  readonly warm: number;
  /** The most, from then on. */
  readonly peak: number;
  /** Of the output in its store. */
  readonly written: number;
  readonly seconds: number;
}

const { target, mebibytes, memory, format, endpoint }: LargeOutput = JSON.parse(process.argv[2] ?? '');
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
type Row = Record<(typeof names)[number], number>;
const schema = defineSchema({
  a: float64(),
  b: float64(),
  c: float64(),
  d: float64(),
  e: float64(),
  f: float64(),
  g: float64(),
  h: float64(),
});
const rowsPerChunk = 1_024;

/** No two alike, so that no encoding makes them smaller. */
async function* chunks(rows: number): AsyncGenerator<Row[]> {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 3;
  };
  for (let at = 0; at < rows; at += rowsPerChunk) {
    yield Array.from({ length: Math.min(rowsPerChunk, rows - at) }, () => ({
      a: next(),
      b: next(),
      c: next(),
      d: next(),
      e: next(),
      f: next(),
      g: next(),
      h: next(),
    }));
  }
}

const stores = [s3({ ...(endpoint !== undefined && { endpoint }), forcePathStyle: true }), azureBlob()];

async function write(to: string, sizeMib: number): Promise<number> {
  const rows = (sizeMib * 2 ** 20) / (names.length * 8);
  const declared = pipeline('large', (flow) => {
    const source = flow.source(
      'numbers',
      fromChunks(() => chunks(rows)),
      { schema },
    );
    const sink = format === 'csv' ? csv<Row>(to) : parquet<Row>(to, { compression: 'none' });
    flow.write('large', source, sink);
  });
  const report = await declared.run({ workers: 1, memory, stores }).completed;
  return report.outputs.reduce((sum, output) => sum + output.bytes, 0);
}

/** Of Linux, in bytes: proc_pid_status(5). */
function statusOf(name: 'VmRSS' | 'VmHWM'): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`/proc/self/status has no ${name}; this needs Linux.`);
  return Number(kib) * 1_024;
}

const idle = statusOf('VmRSS');
await write(`${target}-small`, 8);
const warm = statusOf('VmRSS');
// A new peak from here on: proc_pid_clear_refs(5).
writeFileSync('/proc/self/clear_refs', '5');
const startedAt = performance.now();
const written = await write(target, mebibytes);
const seconds = (performance.now() - startedAt) / 1_000;
const seen: MemorySeen = { idle, warm, peak: statusOf('VmHWM'), written, seconds };
process.stdout.write(`${JSON.stringify(seen)}\n`);
