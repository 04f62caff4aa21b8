// A program that lives long: one pool, and an output for each line of JSON it is sent, some of them with a fault. It tells how
// each ended, with what the process holds once garbage is collected. Started with --expose-gc.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import {
  createPool,
  customSink,
  exponential,
  fromIterable,
  isTailraceError,
  materialise,
  pipeline,
  type Sink,
  toBatches,
  writeTo,
} from '@tailrace/core';
import { firstValueFrom, from, lastValueFrom, take } from 'rxjs';
import type { SoakFault } from '../../support/modules/soak-sink.js';
import { isFile, type Row, rowSchema, rowsOf, sinkOf, targetPath, type WriteJob } from '../kinds.js';
import type { SoakJob, SoakSample } from '../soak-words.js';

const { scratchDir }: { scratchDir: string } = JSON.parse(process.argv[2] ?? '');
const pool = createPool({ workers: 2, memory: '64MiB', scratchDir });
const retry = exponential({ attempts: 3, baseMs: 1, capMs: 2 });
const url = pathToFileURL(createRequire(import.meta.url).resolve('#modules/soak-sink'));

function faulty(job: WriteJob, fault: SoakFault): Sink<Row> {
  const { module, name, location, target, single, reserveBytes, requires } = sinkOf(job);
  const options = { inner: module, fault, mark: `${job.dir}/${job.version}.mark` };
  // The names come from the sink of these rows.
  const columns = requires as readonly (keyof Row & string)[];
  return customSink<Row>(url, options, { name, location, target, single, reserveBytes, requires: columns });
}

async function write({ fault, way, ...job }: SoakJob): Promise<void> {
  const isPlain = fault === 'none' || fault === 'cancel';
  const sink = isPlain ? sinkOf(job) : faulty(job, fault);
  const options = isFile(job.kind) ? { retry } : { retry, writeRows: 128 };
  const batching = { schema: rowSchema, memory: pool.memory, batchRows: 64 };
  if (way === 'run') {
    const run = pipeline('soak', (flow) => {
      const rows = flow.source(
        'rows',
        fromIterable(() => rowsOf(job)),
        { schema: rowSchema, batchRows: 64 },
      );
      flow.write('target', rows, sink, options);
    }).run({ workers: fault === 'exit' ? 1 : 0, memory: '128MiB', scratchDir });
    if (fault === 'cancel') setImmediate(() => run.abort());
    await run.completed;
    return;
  }
  if (way === 'feed') {
    const rows = from(rowsOf(job)).pipe(toBatches(batching), writeTo(pool, sink, options));
    // Whoever leaves early cancels.
    await lastValueFrom(fault === 'cancel' ? rows.pipe(take(2)) : rows);
    return;
  }
  const dataset = await firstValueFrom(from(rowsOf(job)).pipe(materialise(batching)));
  try {
    const handle = pool.submit(dataset, sink, options);
    if (fault === 'cancel') setImmediate(() => handle.cancel());
    await handle.done;
  } finally {
    dataset.release();
  }
}

const listeners = (): number =>
  process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);

function sample(): SoakSample {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('Start it with --expose-gc.');
  gc();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    rssMiB: rss / 2 ** 20,
    heapMiB: heapUsed / 2 ** 20,
    files: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    handles: process.getActiveResourcesInfo().length,
    listeners: listeners(),
    scratch: readdirSync(scratchDir).length,
    heldBytes: pool.memory.budget.usedBytes,
    outputs: pool.stats().outputs.length,
  };
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const told: SoakJob | 'sample' = JSON.parse(line);
  let outcome = 'done';
  let message = '';
  try {
    if (told !== 'sample') await write(told);
  } catch (error) {
    const [first]: unknown[] = error instanceof AggregateError ? error.errors : [error];
    outcome = isTailraceError(first) ? first.code : 'none';
    message = `${String(first)} ${told === 'sample' ? '' : targetPath(told)}`;
  }
  process.stdout.write(`result ${JSON.stringify({ outcome, message, ...sample() })}\n`);
}
