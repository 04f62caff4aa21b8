// Owns bad options of every call that takes some beside runs: sources, policies, operators, readers, pools.

import { readCsv, readNdjson, readParquet } from '@tailrace/adapters/sources';
import {
  buffer,
  createMemory,
  createPool,
  customSink,
  dropNewest,
  exponential,
  fixed,
  fromIterable,
  fromObservable,
  mapAsync,
  materialise,
  none,
  pipeline,
  spill,
  toBatches,
} from '@tailrace/core';
import fc from 'fast-check';
import { firstValueFrom, from, lastValueFrom } from 'rxjs';
import { bad, namesOf } from './bad-options.js';
import type { Scene } from './scene.js';
import { sinkOf } from './target.js';
import type { Trial } from './trial.js';
import { judgeRefusal } from './verdict.js';

const items = [
  { n: 1, text: 'a' },
  { n: 2, text: 'b' },
];

interface Call {
  readonly name: string;
  readonly options: readonly string[];
  /** Uses it as far as it goes without a file. */
  use(options: object, scene: Scene): unknown;
}

const readSome = async (source: { open(signal: AbortSignal): AsyncIterable<unknown> }): Promise<void> => {
  for await (const chunk of source.open(new AbortController().signal)) if (chunk === undefined) return;
};
const missing = '/nowhere/at-all.file';

/** Options as they come from JavaScript: of no type at all. */
type Loose = never;

const calls: readonly Call[] = [
  {
    name: 'fromIterable',
    options: ['name', 'totalItems', 'chunkItems', 'fingerprint'],
    use: (options) => readSome(fromIterable(items, options as Loose)),
  },
  { name: 'buffer', options: ['items', 'bytes', 'sizeOf'], use: (options) => buffer(options as Loose) },
  { name: 'dropNewest', options: ['items', 'bytes'], use: (options) => dropNewest(options as Loose) },
  {
    name: 'spill',
    options: ['items', 'bytes', 'diskBytes', 'directory'],
    use: (options) => spill(options as Loose),
  },
  {
    name: 'fromObservable',
    options: ['overflow', 'name'],
    use: (options) => fromObservable(from(items), { overflow: buffer(10), ...options } as Loose),
  },
  {
    name: 'mapAsync',
    options: ['concurrency', 'ordered'],
    use: (options) => lastValueFrom(from(items).pipe(mapAsync(async (item) => item, options as Loose))),
  },
  {
    name: 'exponential',
    options: ['attempts', 'baseMs', 'capMs'],
    use: (options) => exponential(options as Loose),
  },
  {
    name: 'fixed',
    options: ['attempts', 'delayMs'],
    use: (options) => fixed({ attempts: 2, delayMs: 1, ...options } as Loose),
  },
  {
    name: 'createMemory',
    options: ['limitBytes', 'scratchLimitBytes', 'highWater', 'lowWater'],
    use: (options) => createMemory({ limitBytes: 2 ** 20, ...options } as Loose),
  },
  {
    name: 'toBatches',
    options: ['batchRows', 'batchBytes', 'sampleRows', 'overflow', 'schema'],
    use: (options, { memory }) =>
      lastValueFrom(from(items).pipe(toBatches({ memory, name: 'rows', ...options } as Loose))),
  },
  {
    name: 'materialise',
    options: ['batchRows', 'batchBytes', 'sampleRows', 'overflow', 'schema', 'until'],
    use: async (options, { memory }) => {
      const stream = from(items).pipe(materialise<unknown>({ memory, name: 'rows', ...options } as Loose));
      (await firstValueFrom(stream)).release();
    },
  },
  {
    name: 'customSink',
    options: ['name', 'target', 'location', 'single', 'requires', 'reserveBytes'],
    use: (options) => customSink('file:///nowhere.js', {}, options as Loose),
  },
  {
    name: 'readCsv',
    options: ['delimiter', 'header', 'nullText', 'chunkRows', 'maxRecordLength', 'schema', 'gzip'],
    use: (options) => readSome(readCsv(missing, options as Loose)),
  },
  {
    name: 'readNdjson',
    options: ['chunkRows', 'maxLineLength', 'schema', 'gzip'],
    use: (options) => readSome(readNdjson(missing, options as Loose)),
  },
  {
    name: 'readParquet',
    options: ['chunkRows', 'columns', 'schema', 'int64', 'timestamps'],
    use: (options) => readSome(readParquet(missing, options as Loose)),
  },
  {
    name: 'createPool',
    options: [
      'workers',
      'memory',
      'scratchDir',
      'inspect',
      'openPerWorker',
      'graceMs',
      'unresponsiveMs',
      'workerMemory',
      'maxRestarts',
      'retryBudget',
    ],
    use: (options) => createPool({ workers: 0, ...options } as Loose).drain(),
  },
  {
    name: 'submit',
    options: [
      'name',
      'retry',
      'retryBudget',
      'onDiskFull',
      'diskFullTimeoutMs',
      'timeoutMs',
      'stallMs',
      'slow',
      'writeRows',
      'writeBytes',
    ],
    use: async (options, { pool, fresh }) => {
      const dir = await fresh();
      const dataset = await firstValueFrom(
        from(items).pipe(materialise({ memory: pool.memory, name: 'rows' })),
      );
      try {
        const sink = sinkOf('ndjson', `${dir}/out.ndjson`, {});
        await pool.submit(dataset, sink, { retry: none(), ...options } as Loose).done;
      } finally {
        dataset.release();
      }
    },
  },
  {
    name: 'pipeline',
    options: ['version'],
    use: (options) =>
      pipeline(
        'trial',
        (flow) =>
          void flow.write('o', flow.source('s', fromIterable(items)), sinkOf('csv', '/nowhere/x.csv', {})),
        options as Loose,
      ),
  },
];

/** What calls are given in the place of options or of their first argument. */
export const optionsOfCalls: fc.Arbitrary<Trial> = fc
  .constantFrom(...calls)
  .chain((call) => fc.tuple(fc.constant(call), fc.constantFrom(...call.options), bad))
  .map(([call, name, value]) => ({
    boundary: 'options of calls',
    shown: `${call.name}({ ${name}: ${value.shown} })`,
    isRun: call.name === 'submit',
    async judge(scene) {
      try {
        await call.use({ [name]: value.make() }, scene);
      } catch (error) {
        // A reader whose options are good finds no file.
        judgeRefusal(error, [...namesOf(name), missing, 'nowhere']);
        return false;
      }
      return true;
    },
  }));
