// Owns one run of a trial: rows into a file or directory, and then what is there against what was given.
import { existsSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fromIterable,
  materialise,
  none,
  pipeline,
  type RunOptions,
  type Schema,
  type Sink,
  type StageOptions,
  toBatches,
  type WriteOptions,
  writeTo,
} from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { firstValueFrom, from, lastValueFrom } from 'rxjs';
import { type Format, readBack } from './read-back.js';
import { contentOf, type Scene } from './scene.js';
import { judgeRefusal, judgeRows, Problem } from './verdict.js';

export interface Target {
  readonly format: Format;
  readonly isDirectory: boolean;
  /** There is a version before, which stays when the new one is refused. */
  readonly isReplacing: boolean;
  /** A pipeline of its own, on the main thread; or the kept pool, fed or given a dataset. */
  readonly way: 'run' | 'feed' | 'submit';
}

export interface Job {
  readonly target: Target;
  /** As user code has it: anything. */
  readonly items: readonly unknown[];
  readonly schema: Schema | undefined;
  /** Everything about it is right: it may not be refused. */
  readonly mustFit: boolean;
  /** One of them must be in every error. */
  readonly names: readonly string[];
  readonly sink?: Readonly<Record<string, unknown>> | undefined;
  readonly stage?: Readonly<Record<string, unknown>> | undefined;
  readonly write?: Readonly<Record<string, unknown>> | undefined;
  readonly run?: Readonly<Record<string, unknown>> | undefined;
  /** The columns when no schema is declared. */
  readonly columns: Schema;
}

const factories = { csv, ndjson, parquet } as const;

/** Options as they come from JavaScript: of no type at all. */
export function sinkOf(format: Format, path: string, options: object): Sink<unknown> {
  return factories[format](path, options);
}

async function write(scene: Scene, path: string, job: Job): Promise<void> {
  const { target, items, schema, write: options = {} } = job;
  const mode = target.isReplacing ? { mode: 'overwrite' } : {};
  const sink = sinkOf(target.format, path, { ...mode, ...job.sink });
  if (target.way === 'run') {
    const stage: StageOptions = { ...(schema === undefined ? {} : { schema }), ...job.stage };
    // The option under trial may be of any type: that is the trial.
    const writeOptions: WriteOptions = { retry: none(), ...options };
    const runOptions: RunOptions = { workers: 0, memory: '32MiB', ...job.run };
    const declared = pipeline('trial', (flow) => {
      flow.write('output', flow.source('rows', fromIterable(items), stage), sink, writeOptions);
    });
    await declared.run(runOptions).completed;
    return;
  }
  const batching = { schema, memory: scene.pool.memory, name: 'rows' };
  if (target.way === 'feed') {
    await lastValueFrom(from(items).pipe(toBatches(batching), writeTo(scene.pool, sink, { retry: none() })));
    return;
  }
  const dataset = await firstValueFrom(from(items).pipe(materialise(batching)));
  try {
    await scene.pool.submit(dataset, sink, { retry: none() }).done;
  } finally {
    dataset.release();
  }
}

const before = { n: 1, text: 'before' };

/** Writes, then throws a Problem unless it ended as promised. True when it was accepted. */
export async function judgeRun(scene: Scene, job: Job): Promise<boolean> {
  const { target, items, schema, names } = job;
  const dir = await scene.fresh();
  const path = join(dir, target.isDirectory ? 'out' : `out.${target.format}`);
  if (target.isReplacing) {
    const key = `${target.format} ${target.isDirectory}`;
    await scene.before(key, dir, async (place) => {
      const old = join(place, target.isDirectory ? 'out' : `out.${target.format}`);
      await pipeline('before', (flow) => {
        flow.write('output', flow.source('rows', fromIterable([before])), sinkOf(target.format, old, {}));
      }).run({ workers: 0 }).completed;
    });
  }
  const was = await contentOf(dir);
  try {
    await write(scene, path, job);
  } catch (error) {
    const errors = judgeRefusal(error, names);
    if ((await contentOf(dir)) !== was) {
      throw new Problem('halfVisible', `refused, and yet the directory has changed: ${await contentOf(dir)}`);
    }
    if (job.mustFit) throw new Problem('lost', `refused though it fits: ${String(errors[0])}`);
    return false;
  }
  if (!existsSync(path)) throw new Problem('lost', 'done, and there is nothing');
  const declared = schema ?? job.columns;
  let rows: Awaited<ReturnType<typeof readBack>>;
  try {
    // The option `single` may have said otherwise.
    const isDirectory = (await lstat(path)).isDirectory();
    rows = await readBack(target.format, path, isDirectory, declared);
  } catch (error) {
    throw new Problem('altered', `a reader cannot read it: ${String(error)}`);
  }
  judgeRows(items, declared, rows);
  return true;
}
