// Owns one run of a trial: rows into a file or directory, and then what is there against what was given.
import { existsSync } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  type BadRow,
  deadLetter,
  fromIterable,
  materialise,
  none,
  pipeline,
  type Report,
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
  /** Of a run with a declared schema: bad rows go to an output of their own, and the good ones are written. */
  readonly setsAside?: boolean | undefined;
}

export interface Job {
  readonly target: Target;
  /** As user code has it: anything. */
  readonly items: readonly unknown[];
  /** What is to be read back, where the items are batches. */
  readonly rows?: readonly unknown[] | undefined;
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

/** Resolves with the rows that are to be read back. */
async function write(scene: Scene, path: string, job: Job): Promise<readonly unknown[]> {
  const { target, items, schema, write: options = {} } = job;
  const mode = target.isReplacing ? { mode: 'overwrite' } : {};
  const sink = sinkOf(target.format, path, { ...mode, ...job.sink });
  if (target.way === 'run') {
    const aside =
      target.setsAside && schema !== undefined ? join(await scene.fresh(), 'bad.ndjson') : undefined;
    const stage: StageOptions = {
      ...(schema === undefined ? {} : { schema }),
      ...settingAside(aside),
      ...job.stage,
    };
    // The option under trial may be of any type: that is the trial.
    const writeOptions: WriteOptions = { retry: none(), ...options };
    const runOptions: RunOptions = { workers: 0, memory: '32MiB', ...job.run };
    const declared = pipeline('trial', (flow) => {
      flow.write('output', flow.source('rows', fromIterable(items), stage), sink, writeOptions);
    });
    const report = await declared.run(runOptions).completed;
    return aside === undefined ? items : goodOf(items, report, aside, job.names);
  }
  const batching = { schema, memory: scene.pool.memory, name: 'rows' };
  if (target.way === 'feed') {
    await lastValueFrom(from(items).pipe(toBatches(batching), writeTo(scene.pool, sink, { retry: none() })));
    return items;
  }
  const dataset = await firstValueFrom(from(items).pipe(materialise(batching)));
  try {
    await scene.pool.submit(dataset, sink, { retry: none() }).done;
    return items;
  } finally {
    dataset.release();
  }
}

function settingAside(path: string | undefined): StageOptions {
  if (path === undefined) return {};
  const onBadRow = deadLetter(ndjson<BadRow>(path), { name: 'bad', retry: none() });
  return { onBadRow, maxBadRows: Number.POSITIVE_INFINITY, maxBadShare: 1 };
}

/** Throws a Problem unless every row is either written or told of, once, with its number. */
async function goodOf(
  items: readonly unknown[],
  report: Report,
  path: string,
  names: readonly string[],
): Promise<readonly unknown[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  const letters = lines.map((line): BadRow => JSON.parse(line));
  const bad = new Set(letters.map(({ row }) => row));
  const output = report.outputs.find(({ name }) => name === 'output');
  const [written, rejected] = [output?.rows ?? 0, output?.rejected ?? 0];
  if (written + rejected !== items.length) {
    throw new Problem(
      'lost',
      `${items.length} rows entered, ${written} were written and ${rejected} rejected`,
    );
  }
  if (bad.size !== letters.length) throw new Problem('duplicated', `told twice of a row: ${lines.join(' ')}`);
  if (bad.size !== rejected) throw new Problem('lost', `${rejected} rows were rejected, ${bad.size} told of`);
  const nameless = letters.find(({ reason }) => !names.some((name) => reason.includes(name)));
  if (nameless !== undefined) throw new Problem('altered', `a reason that names nothing: ${nameless.reason}`);
  return items.filter((_, at) => !bad.has(at));
}

const before = { n: 1, text: 'before' };

/** The target itself, and the manifest that lies beside a file. */
const isPublished = (name: string, target: string): boolean =>
  name === target || name === `.${target}.manifest.json`;

/** Writes, then throws a Problem unless it ended as promised. True when it was accepted. */
export async function judgeRun(scene: Scene, job: Job): Promise<boolean> {
  const { target, schema, names } = job;
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
  let given: readonly unknown[];
  try {
    const written = await write(scene, path, job);
    given = job.rows ?? written;
  } catch (error) {
    const errors = judgeRefusal(error, names);
    if ((await contentOf(dir)) !== was) {
      throw new Problem('halfVisible', `refused, and yet the directory has changed: ${await contentOf(dir)}`);
    }
    if (job.mustFit) throw new Problem('lost', `refused though it fits: ${String(errors[0])}`);
    return false;
  }
  if (!existsSync(path)) throw new Problem('lost', 'done, and there is nothing');
  const left = (await readdir(dir)).filter((name) => !isPublished(name, basename(path)));
  if (left.length > 0) throw new Problem('altered', `done, and left behind ${left.join(', ')}`);
  const declared = schema ?? job.columns;
  let rows: Awaited<ReturnType<typeof readBack>>;
  try {
    // The option `single` may have said otherwise.
    const isDirectory = (await lstat(path)).isDirectory();
    rows = await readBack(target.format, path, isDirectory, declared);
  } catch (error) {
    throw new Problem('altered', `a reader cannot read it: ${String(error)}`);
  }
  judgeRows(given, declared, rows);
  return true;
}
