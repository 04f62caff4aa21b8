// Owns the contract of a store: where bytes land, staged first, then published as a whole.
import type { Field } from '../batch/schema.js';
import type { Dialect } from './format.js';
import type { GroupHalf } from './group.js';
import type { Committed, Publication, PublishWay, ReplacedFile, StagedFile, WriteMode } from './sink.js';

/** What an output asks of a store: where it lands, and how it is to be published. */
export interface StoreTarget {
  /** Absolute path or URL of the file or directory. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** What to do when the target exists. */
  readonly mode: WriteMode;
  /** Id under which it is published; of a resumed job that of its first run. */
  readonly runId: string;
  /** Name of the output, for messages and the manifest. */
  readonly output: string;
  /**
   * Of a job that can be resumed: names what the output holds. What is published by the same run under the same key is this
   * output, whichever process has published it.
   */
  readonly key?: string | undefined;
  /** What will be written, so that `begin` can refuse to append to a dataset of another kind; absent when not known. */
  readonly content?: StoreContent | undefined;
  /** How a directory is made visible, for stores that have the choice. Default `swap`. */
  readonly publish?: PublishWay | undefined;
  /** `generations` only: how many of the newest stay whatever their age, the one that is visible included. Default 2. */
  readonly keepGenerations?: number | undefined;
  /** `generations` only: how long the others stay once the next one has come, in milliseconds. Default 3,600,000. */
  readonly keepGenerationsMs?: number | undefined;
  /** `generations` only: a plain directory at the path becomes its first generation, instead of being refused. */
  readonly adopt?: boolean | undefined;
  /**
   * What other runs have left beside the target counts as dead where nothing can be known of them: they ran on another machine
   * or in another container.
   */
  readonly takeOver?: boolean | undefined;
  /**
   * Mode `append` only: files of the dataset that the new ones stand for, and that are not part of it any more once they are
   * published. A store with the ability `replaces` gives up with a ConflictError when one of them is gone or is another.
   */
  readonly replaces?: readonly ReplacedFile[] | undefined;
}

/** What an output will hold, as far as it is known. */
export type StoreContent = Pick<Manifest, 'format' | 'partitionBy'> &
  Partial<Pick<Manifest, 'schema' | 'columns' | 'dialect'>>;

/** What an output consists of; stored beside the data by the store that publishes it. */
export interface Manifest {
  /** Version of this layout. */
  readonly version: 1;
  /** The run that published it. */
  readonly runId: string;
  /** Name of the output that it was. */
  readonly output: string;
  /** Format name and engine: `parquet (parquet-wasm)`. */
  readonly format: string;
  /** The columns in one line, as `describeSchema` has them. */
  readonly schema: string;
  /**
   * The columns that `schema` describes, those of the partitions included: what readers need to give back rows of the types
   * that were written. Absent in manifests of earlier versions.
   */
  readonly columns?: readonly Field[] | undefined;
  /** Options of the format that readers have to know; absent where the files tell all. */
  readonly dialect?: Dialect | undefined;
  /** Columns that stand in the names of directories, outermost first. */
  readonly partitionBy: readonly string[];
  /** Rows of all files together. */
  readonly rows: number;
  /** Rows that the stage refused in the run that `runId` names; absent when none might be. */
  readonly rejected?: number | undefined;
  /** Bytes of all files together. */
  readonly bytes: number;
  readonly files: readonly StagedFile[];
  /** Run id of the version that this one was made from, for stores that keep several; absent for the first. */
  readonly follows?: string | undefined;
  /** Runs of resumable jobs whose rows are in it, oldest first; absent when there are none. */
  readonly commits?: readonly ManifestCommit[] | undefined;
}

/** What one run has added, and the key of the output that it wrote. */
export interface ManifestCommit extends Committed {
  readonly runId: string;
  readonly key: string;
}

/** What every call of a store is given. */
export interface StoreContext<Options> {
  /** As they were declared, cloned into this thread. */
  readonly options: Options;
  readonly target: StoreTarget;
  /** Aborted when the output or the attempt is cancelled. */
  readonly signal: AbortSignal;
}
/** What most calls of a store are given once `begin` has answered. */
export interface StagedContext<Options, Staging> extends StoreContext<Options> {
  /** What `begin` gave: plain data, cloned into each thread. */
  readonly staging: Staging;
}

/** How a store takes part in a group of outputs that commit together. */
export type StoreGroup<Options = unknown, Staging = unknown> = GroupHalf<
  StagedContext<Options, Staging>,
  StagedContext<Options, Staging> & { readonly manifest: Manifest }
>;

/** One file being staged. Calls come one at a time. */
export interface StoreFile {
  /** Bytes may lie on shared memory and do not change until the promise settles. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Makes the file durable (not visible).
   * @param onHandedOver called, once at most, when the file holds no more of the memory that is reserved for an open one
   *   (`bytesPerFile` of its store): the next file may be opened though this one is not durable yet. A store need not call it
   */
  close(onHandedOver?: () => void): Promise<{ readonly bytes: number; readonly checksum: string }>;
  /** Closes and removes it. Must not throw. */
  abort(): Promise<void>;
}

/** What `begin` of a store gives: its staging place, as plain data. */
export interface StoreBegun<Staging> {
  readonly staging: Staging;
  /** What a person should know of the target though nothing has failed: sentences for the report. */
  readonly notes?: readonly string[] | undefined;
}

/** One version of what a store has published, as it was when it was opened. */
export interface StoreVersion {
  /** What it consists of. */
  readonly manifest: Manifest;
  /**
   * Bytes of a file of the manifest, from `start` on. Throws a ConflictError when the file is gone since the target was
   * replaced, STORE_FAILED.
   * @param signal ends this one read. Default: that of `open`
   */
  read(
    path: string,
    range: { readonly start: number; readonly bytes: number },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
}

/** A file as it lies in a store, whoever has written it. */
export interface StoredFile {
  readonly bytes: number;
  /** Another one for every other content. */
  readonly tag: string;
  /**
   * Bytes of it, from `start` on, which it has. Throws a ConflictError when it is gone or is another one by now, STORE_FAILED.
   * @param signal ends this one read. Default: that it was opened with
   */
  read(range: { readonly start: number; readonly bytes: number }, signal?: AbortSignal): Promise<Uint8Array>;
}

/** What a list of a store says of a file. */
export interface StoredName {
  /** Its URL: signs of patterns, `%` and the like in its name are written as `%2A`. */
  readonly path: string;
  readonly bytes: number;
}

/** What a store has, whoever has written it: for sources. Calls come from the main thread, many at once. */
export interface StoreFiles<Options> {
  /** Undefined when there is no such file. */
  open(context: {
    readonly options: Options;
    readonly path: string;
    readonly signal: AbortSignal;
  }): Promise<StoredFile | undefined>;
  /** All whose URLs begin with `prefix`, in the order of their names; the next page is asked for when it is wanted. */
  list(context: {
    readonly options: Options;
    readonly prefix: string;
    readonly signal: AbortSignal;
  }): AsyncIterable<readonly StoredName[]>;
}

/**
 * Something that not every store can do: the mode `overwritePartitions`; `publish: 'generations'`; `replaces` in mode
 * `append`.
 */
export type StoreAbility = 'overwritePartitions' | 'generations' | 'replaces';

/**
 * A store, as the default export of a worker module. `createFile` and `removeFile` run in workers, the rest on the main
 * thread.
 */
export interface StoreDefinition<Options = unknown, Staging = unknown> {
  /** Short name for messages: `s3`. */
  readonly name: string;
  /** What it can do beyond what every store can; an output that asks for more is refused. Default: nothing. */
  readonly supports?: readonly StoreAbility[] | undefined;
  /**
   * What the manifests at the target say of the runs of resumable jobs (`commits`), once what dead runs left is finished or
   * taken back; of a store that keeps versions, in any of them. It holds the target only while it looks, and is what a
   * resumed job decides by: outputs to a store without it cannot be part of one.
   */
  published?(context: StoreContext<Options>): Promise<readonly Publication[]>;
  /** Takes hold of the target, repairs or clears what dead runs left, checks the mode, makes a staging place. */
  begin(context: StoreContext<Options>): Promise<'skip' | StoreBegun<Staging>>;
  /**
   * The columns have become known after `begin`, and no file is open yet: throws SCHEMA_INVALID when what is there cannot be
   * extended by them. Without it that is found out by `commit`.
   */
  admit?(context: StagedContext<Options, Staging> & { readonly content: StoreContent }): Promise<void>;
  /**
   * Opens a new staged file at a path relative to the target; never an existing one. For a target of kind `file` the
   * path is the target's name on every attempt, and the store keeps the attempts apart.
   */
  createFile(context: StagedContext<Options, Staging> & { readonly path: string }): Promise<StoreFile>;
  /**
   * Removes a staged file that was closed (by an attempt that failed later); absent is as good. Runs in workers, and may
   * come late, when the next attempt has closed its own: never remove that one. What stays must not be published:
   * `commit` goes by the manifest.
   */
  removeFile(
    context: StagedContext<Options, Staging> & { readonly file: Pick<StagedFile, 'path' | 'checksum'> },
  ): Promise<void>;
  /** Publishes exactly the files of the manifest, durably and as a whole, then lets go of the target. */
  commit(context: StagedContext<Options, Staging> & { readonly manifest: Manifest }): Promise<void>;
  /**
   * Whether this run's commit is what a reader sees now; of a store that keeps versions, whether it is one of them.
   * Asked after a failed commit, and again after an abort that did not wait for one: true then only when nothing takes it back.
   */
  verify(context: StagedContext<Options, Staging>): Promise<boolean>;
  /** Removes everything staged and lets go of the target. Idempotent. */
  abort(context: StagedContext<Options, Staging>): Promise<void>;
  /**
   * The version that is published now, to be read; undefined when there is none. Without it `openDataset` cannot read from
   * there.
   */
  open?(context: {
    readonly options: Options;
    readonly target: Pick<StoreTarget, 'path' | 'kind'>;
    readonly signal: AbortSignal;
  }): Promise<StoreVersion | undefined>;
  /** For sources that read files by their URLs. Default: only what was published there can be read. */
  readonly files?: StoreFiles<Options> | undefined;
  /** For outputs that commit together. Default: they are refused. */
  readonly group?: StoreGroup<Options, Staging> | undefined;
}

/** Types a store definition; the identity at run time. */
export function defineStore<Options, Staging>(
  definition: StoreDefinition<Options, Staging>,
): StoreDefinition<Options, Staging> {
  return definition;
}
