// A program whose pipeline goes wrong in a way that concerns its whole process. Started by worker-failures.test.ts.
import { customSink, fromIterable, none, pipeline } from '@tailrace/core';
import { map } from 'rxjs';
import type { Fault } from './faulty-sink.js';

export interface FailingOptions {
  readonly dir: string;
  /** A rejection that nobody awaits, in a stage on the main thread. */
  readonly stray: boolean;
  /** What the sink of the output `bad` does; there is one named `good` beside it. */
  readonly fault: Fault;
}

const { dir, stray, fault }: FailingOptions = JSON.parse(process.argv[2] ?? '');
const module = new URL('./faulty-sink.js', import.meta.url);
const heap = new URL('./heap-sink.js', import.meta.url);
const run = pipeline('failing', (flow) => {
  const rows = flow.source('rows', fromIterable(Array.from({ length: 5_000 }, (_, n) => ({ n }))));
  const strayed = flow.stage(
    'strayed',
    rows,
    map((row: { n: number }) => {
      if (stray && row.n === 100) void Promise.reject(new Error('nobody awaits this stage'));
      return row;
    }),
  );
  flow.write(
    'good',
    strayed,
    customSink<{ n: number }>(module, { path: `${dir}/good`, fault: { kind: 'none' } }),
  );
  const bad =
    fault.kind === 'hoard'
      ? customSink<{ n: number }>(heap, {}, { target: 'nowhere' })
      : customSink<{ n: number }>(module, { path: `${dir}/bad`, fault });
  flow.write('bad', strayed, bad, { retry: none() });
}).run({ workers: 1 });
const report = await run.settled;
const failure: unknown = await run.completed.catch((error: unknown) => error);
const errors = failure instanceof AggregateError ? failure.errors : [];
process.stdout.write(
  JSON.stringify({
    outputs: report.outputs.map(({ name, state, rows }) => [name, state, rows]),
    errors: errors.map(({ code, message, context }) => ({ code, message, context })),
  }),
);
