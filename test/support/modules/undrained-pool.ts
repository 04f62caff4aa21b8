// A program that makes a pool and comes to the end of its main code without draining it. Started by signals.test.ts.
import { createPool, customSink, fixed, type Materialised, materialise } from '@tailrace/core';
import { firstValueFrom, map, range } from 'rxjs';
import type { Fault } from './faulty-sink.js';

export interface UndrainedOptions {
  readonly dir: string;
  readonly workers: number;
  /** Outputs to submit, each with its trouble; none of them is waited for, unless `awaited`. */
  readonly faults: readonly Fault[];
  readonly awaited: boolean;
}

const { dir, workers, faults, awaited }: UndrainedOptions = JSON.parse(process.argv[2] ?? '');
const module = new URL('./faulty-sink.js', import.meta.url);
const pool = createPool({ workers, openPerWorker: 1 });
const table = (): Promise<Materialised<{ n: number }>> =>
  firstValueFrom(
    range(0, 3_000).pipe(
      map((n) => ({ n })),
      materialise({ memory: pool.memory, batchRows: 1_000 }),
    ),
  );
for (const [index, fault] of faults.entries()) {
  const data = await table();
  const sink = customSink<{ n: number }>(module, { path: `${dir}/out-${index}`, fault });
  const handle = pool.submit(data, sink, { retry: fixed({ attempts: 3, delayMs: 300 }) });
  data.release();
  if (awaited) await handle.done;
}
process.stdout.write('end of main\n');
