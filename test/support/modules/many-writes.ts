// Runs ten thousand writes, as often as its parent asks, with an inspector or without: in a process of its own, so that what
// drives the browser is not counted. They do almost nothing, or are files of Parquet. Talks over the channel of `fork`.
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Inspector, inspector } from '@tailrace/adapters/inspector';
import { customSink, fromIterable, pipeline } from '@tailrace/core';
import { parquet } from '@tailrace/writers';

/** `open` is answered by `opened`, `run` by `ran`, which is with the inspector if one is open, `close` by `closed`. */
export type Asked =
  | { readonly type: 'open' }
  | {
      readonly type: 'run';
      readonly writes: number;
      readonly writeRows: number;
      /** What a write does: `totals` adds up a column, `parquet` makes a file. */
      readonly sink: 'totals' | 'parquet';
      readonly dir: string;
    }
  | { readonly type: 'close' };
export interface Ran {
  readonly type: 'ran';
  readonly elapsedMs: number;
  /** Of all threads of the process, in milliseconds. */
  readonly processorMs: number;
  readonly writes: number;
  readonly residentBytes: number;
}
export type Answer = { readonly type: 'opened'; readonly url: string } | Ran | { readonly type: 'closed' };

interface Row {
  readonly n: number;
  readonly name: string;
  readonly value: number;
}

const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/totals-sink'));
let shown: Inspector | undefined;

async function run({ writes, writeRows, sink, dir }: Asked & { readonly type: 'run' }): Promise<Ran> {
  function* rows(): Generator<Row> {
    for (let n = 0; n < writes * writeRows; n += 1) yield { n, name: `row ${n % 1_000}`, value: n / 7 };
  }
  const path = join(dir, 'out');
  const declared = pipeline('many writes', (flow) => {
    const numbers = flow.source('numbers', fromIterable(rows), { batchRows: writeRows });
    const totals = customSink<Row>(module, { path, column: 'value' }, { name: 'totals', target: path });
    flow.write('out', numbers, sink === 'totals' ? totals : parquet<Row>(path), { writeRows });
  });
  const before = process.cpuUsage();
  const running = declared.run({ workers: 1, inspect: shown?.inspect });
  shown?.watch(running, declared);
  const report = await running.completed;
  const { user, system } = process.cpuUsage(before);
  await rm(path, { recursive: true, force: true });
  return {
    type: 'ran',
    elapsedMs: report.elapsedMs,
    processorMs: (user + system) / 1_000,
    writes: report.outputs[0]?.writes ?? 0,
    residentBytes: process.memoryUsage.rss(),
  };
}

async function answer(asked: Asked): Promise<Answer> {
  switch (asked.type) {
    case 'open':
      shown = await inspector();
      return { type: 'opened', url: shown.url };
    case 'run':
      return run(asked);
    case 'close':
      await shown?.close();
      shown = undefined;
      return { type: 'closed' };
  }
}

// Its parent asks for nothing before the last answer is there, and ends it when something is wrong.
process.on('message', (asked: Asked) => {
  answer(asked).then(
    (given) => process.send?.(given),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
