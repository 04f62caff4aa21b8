// Owns the steps of one run against a store, as the framework takes them, for the conformance suite of stores.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { loadModule } from '../sink/load.js';
import type { ModuleRef } from '../sink/module-ref.js';
import type { StagedFile, WriteMode } from '../sink/sink.js';
import type { Manifest, StagedContext, StoreDefinition, StoreFile, StoreTarget } from '../sink/store.js';

export interface RunOptions {
  readonly runId?: string;
  readonly mode?: WriteMode;
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

async function beginRun(
  ref: ModuleRef,
  place: { readonly path: string; readonly kind: StoreTarget['kind'] },
  { runId, mode = 'error', signal = new AbortController().signal }: RunOptions = {},
): Promise<StoreRun> {
  const store = await loadModule<StoreDefinition>(ref, 'store');
  runs += 1;
  const target: StoreTarget = {
    path: place.path,
    kind: place.kind,
    mode,
    runId: runId ?? `run-${process.pid}-${runs}`,
    output: 'conformance',
  };
  const context = { options: ref.options, target, signal };
  const begun = await store.begin(context);
  // Staging crosses to the workers.
  const staging = begun === 'skip' ? undefined : structuredClone(begun.staging);
  const staged: StagedContext<unknown, unknown> = { ...context, staging };
  const createFile = (path: string): Promise<StoreFile> => store.createFile({ ...staged, path });

  return {
    skipped: begun === 'skip',
    createFile,
    async put(path, ...chunks) {
      const file = await createFile(path);
      for (const chunk of chunks) await file.write(chunk);
      const closed = await file.close();
      const content = Buffer.concat(chunks);
      assert.equal(closed.bytes, content.length, `close() of ${path} must count its bytes`);
      const checksum = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      assert.equal(closed.checksum, checksum, `close() of ${path} must give the SHA-256 of its bytes`);
      return { path, rows: 1, ...closed };
    },
    removeFile: (file) => store.removeFile({ ...staged, file }),
    commit: (files) => store.commit({ ...staged, manifest: manifestOf(target, files) }),
    verify: () => store.verify(staged),
    abort: () => store.abort(staged),
  };
}

function manifestOf(target: StoreTarget, files: readonly StagedFile[]): Manifest {
  return {
    version: 1,
    runId: target.runId,
    output: target.output,
    format: 'bytes',
    schema: 'text utf8',
    partitionBy: [],
    rows: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    files,
  };
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
  dispose(): Promise<void>;
}

/** A place with the store on it. */
export interface StoreBench extends StorePlace {
  begin(options?: RunOptions): Promise<StoreRun>;
  /** Path to content. */
  content(): Promise<Record<string, string>>;
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export function storeBench(store: ModuleRef, kind: 'file' | 'directory', place: StorePlace): StoreBench {
  return {
    path: place.path,
    files: () => place.files(),
    read: (file) => place.read(file),
    leftovers: () => place.leftovers(),
    dispose: () => place.dispose(),
    begin: (options) => beginRun(store, { path: place.path, kind }, options),
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
