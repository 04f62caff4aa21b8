// Owns the campaign of damaged files: each format's reader is given as many as there are trials, in a thread that is ended when
// it gives no sign of life, with the memory of the process watched.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { createTally, type Extent, type Figure, hangMs, type Tally } from './figure.js';
import type { DamagedFormat, DamagedRead, DamagedReadsTask } from './programs/damaged-reads.js';

const program = pathToFileURL(createRequire(import.meta.url).resolve('#programs/damaged-reads'));
const formats: readonly DamagedFormat[] = ['parquet', 'csv', 'ndjson', 'arrow', 'msgpack'];
/** Megabytes by which the process may grow while it reads files of some kilobytes. */
const mostMegabytes = 512;

/** @param extent `trials` is the number for each format */
export async function damagedReads(extent: Extent): Promise<Figure> {
  const tally = createTally({ ...extent, trials: extent.trials * formats.length });
  for (const format of formats) {
    let from = 0;
    while (from < extent.trials && !tally.isOver()) {
      // Threads of their own for some thousand reads each: what one of them leaks ends with it.
      const to = Math.min(extent.trials, from + 2_500);
      from = await readsOf({ seed: extent.seed, from, to, format }, tally);
    }
  }
  return tally.figure('damaged files read');
}

/** Resolves with the trial to go on from. */
function readsOf(task: DamagedReadsTask, tally: Tally): Promise<number> {
  const worker = new Worker(program, { workerData: task });
  const megabytesBefore = megabytes();
  let reading: DamagedRead | undefined;
  let timer: NodeJS.Timeout | undefined;
  const name = (read: DamagedRead): string =>
    `${task.format}, trial ${read.trial}, seed ${task.seed}: ${read.shown}`;
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (reading !== undefined) tally.bad('hung', `${name(reading)}: no end after ${hangMs} ms`);
      void worker.terminate();
    }, hangMs);
  };
  worker.on('message', (read: DamagedRead) => {
    watch();
    if (read.end === undefined) {
      reading = read;
      return;
    }
    tally.counts.tried += 1;
    tally.detail(`${task.format} ${read.end}`);
    if (read.problem !== undefined) tally.bad('altered', `${name(reading ?? read)}: ${read.problem}`);
    const grown = megabytes() - megabytesBefore;
    if (grown > mostMegabytes) {
      tally.bad('altered', `${name(reading ?? read)}: the process has grown by ${grown} MB`);
      void worker.terminate();
    }
  });
  worker.on('error', (error: unknown) => {
    const where = reading === undefined ? task.format : name(reading);
    tally.bad('altered', `${where}: the thread has ended: ${String(error)}`);
  });
  watch();
  return new Promise((resolve) => {
    worker.on('exit', () => {
      clearTimeout(timer);
      resolve(reading === undefined ? task.to : reading.trial + 1);
    });
  });
}

const megabytes = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20);
