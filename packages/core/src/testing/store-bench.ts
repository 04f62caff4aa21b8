// Owns the steps of one run against a store, as the framework takes them, for the conformance suite of stores.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { loadModule } from '../sink/load.js';
import type { ModuleRef } from '../sink/module-ref.js';
import type { PublishWay, ReplacedFile, StagedFile, WriteMode } from '../sink/sink.js';
import type { StagedContext, StoreDefinition, StoreFile, StoreTarget } from '../sink/store.js';
import { manifestOf } from './store-manifest.js';

export interface RunOptions {
  readonly runId?: string;
  readonly mode?: WriteMode;
  readonly replaces?: readonly ReplacedFile[];
  readonly signal?: AbortSignal;
}

/** One run on one target. */
export interface StoreRun {
  /** True when the store says that there is nothing to do. */
  readonly skipped: boolean;
  createFile(path: string): Promise<StoreFile>;
  /** Creates, writes and closes a file, and checks what `close` says of it. */
  put(path: string, ...chunks: readonly Uint8Array[]): Promise<StagedFile>;
  removeFile(file: StagedFile): Promise<void>;
  commit(files: readonly StagedFile[]): Promise<void>;
  verify(): Promise<boolean>;
  abort(): Promise<void>;
}

let runs = 0;

function newRunId(): string {
  runs += 1;
  return `run-${process.pid}-${runs}`;
}

/** A run that has begun: what the framework does with the staging that `begin` gave. */
function runOn(store: StoreDefinition, staged: StagedContext<unknown, unknown>, skipped: boolean): StoreRun {
  const { target } = staged;
  const createFile = (path: string): Promise<StoreFile> => store.createFile({ ...staged, path });
  return {
    skipped,
    createFile,
    async put(path, ...chunks) {
      const file = await createFile(path);
      for (const chunk of chunks) await file.write(chunk);
      let handedOver = 0;
      const closed = await file.close(() => {
        handedOver += 1;
      });
      assert.ok(handedOver <= 1, `close() of ${path} handed it over ${handedOver} times, and may do so once`);
      return { path, rows: 1, ...checked(path, closed, Buffer.concat(chunks)) };
    },
    removeFile: (file) => store.removeFile({ ...staged, file }),
    commit: (files) => store.commit({ ...staged, manifest: manifestOf(target, files) }),
    verify: () => store.verify(staged),
    abort: () => store.abort(staged),
  };
}

type Closed = Awaited<ReturnType<StoreFile['close']>>;

/** Gives back what `close` said of a file, which must be true of its content. */
export function checked(path: string, closed: Closed, content: Uint8Array): Closed {
  assert.equal(closed.bytes, content.length, `close() of ${path} must count its bytes`);
  const checksum = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  assert.equal(closed.checksum, checksum, `close() of ${path} must give the SHA-256 of its bytes`);
  return closed;
}

/** A target of its own for one test, seen as a reader sees it. */
export interface StorePlace {
  /** Absolute path or URL of a target that does not exist yet. */
  readonly path: string;
  /**
   * The data files at the target, as a reader finds them: paths relative to it with `/`, without the store's own files;
   * `['.']` for a target that is one file. Empty when there is none.
   */
  files(): Promise<readonly string[]>;
  /** Content of one of them. */
  read(file: string): Promise<Uint8Array>;
  /** Whatever else the store has left in the neighbourhood: staging, locks. Checked to be empty once a run has ended. */
  leftovers(): Promise<readonly string[]>;
  /** Removes the target, after the test. */
  dispose(): Promise<void>;
}

/** A place with the store on it. */
export interface StoreBench extends StorePlace {
  readonly store: ModuleRef;
  definition(): Promise<StoreDefinition>;
  targetOf(options?: RunOptions): StoreTarget;
  begin(options?: RunOptions): Promise<StoreRun>;
  /** A run that another process began, of which only its staging is left. */
  resume(target: StoreTarget, staging: unknown): Promise<StoreRun>;
  /** Path to content. */
  content(): Promise<Record<string, string>>;
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export interface BenchInit {
  readonly store: ModuleRef;
  readonly kind: StoreTarget['kind'];
  readonly publish?: PublishWay | undefined;
  readonly place: StorePlace;
}

export function storeBench({ store, kind, publish, place }: BenchInit): StoreBench {
  const definition = (): Promise<StoreDefinition> => loadModule<StoreDefinition>(store, 'store');
  const targetOf: StoreBench['targetOf'] = ({ runId = newRunId(), mode = 'error', replaces } = {}) => ({
    path: place.path,
    kind,
    mode,
    runId,
    output: 'conformance',
    ...(replaces !== undefined && { replaces }),
    ...(publish !== undefined && kind === 'directory' && { publish }),
  });
  return {
    path: place.path,
    store,
    files: () => place.files(),
    read: (file) => place.read(file),
    leftovers: () => place.leftovers(),
    dispose: () => place.dispose(),
    definition,
    targetOf,
    async begin(options = {}) {
      const target = targetOf(options);
      const { signal = new AbortController().signal } = options;
      const context = { options: store.options, target, signal };
      const loaded = await definition();
      const begun = await loaded.begin(context);
      // Staging crosses to the workers.
      const staging = begun === 'skip' ? undefined : structuredClone(begun.staging);
      return runOn(loaded, { ...context, staging }, begun === 'skip');
    },
    async resume(target, staging) {
      const signal = new AbortController().signal;
      return runOn(await definition(), { options: store.options, target, signal, staging }, false);
    },
    async content() {
      const content: [string, string][] = [];
      for (const file of await place.files())
        content.push([file, Buffer.from(await place.read(file)).toString()]);
      return Object.fromEntries(content);
    },
  };
}

/** The run has ended: nothing of it may remain but what readers see. */
export async function clean(bench: StoreBench): Promise<void> {
  assert.deepEqual([...(await bench.leftovers())], [], 'the store left something behind');
}

/** A whole run. */
export async function publish(
  bench: StoreBench,
  options: RunOptions,
  files: Record<string, string>,
): Promise<StoreRun> {
  const run = await bench.begin(options);
  const staged = [];
  for (const [path, text] of Object.entries(files)) staged.push(await run.put(path, bytesOf(text)));
  await run.commit(staged);
  return run;
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Creates a file and gives it up again, so that a store that should have refused leaves none open. */
export async function accepts(run: StoreRun, path: string): Promise<void> {
  const file = await run.createFile(path);
  await file.abort();
}
