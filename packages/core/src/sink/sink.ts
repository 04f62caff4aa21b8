// Owns the contract of a sink: what the framework calls, on which thread, when, and how many at once.
import type { Batch } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';
import type { GroupHalf } from './group.js';
import type { ModuleRef } from './module-ref.js';

declare const accepts: unique symbol;

/**
 * What to do when the target already exists. Default `error`. `overwritePartitions` replaces the partitions that the output
 * writes, and keeps all others; an output without rows replaces nothing.
 */
export type WriteMode = 'error' | 'overwrite' | 'overwritePartitions' | 'append' | 'ignore';

/**
 * How a directory becomes visible. `swap`: a plain directory; replacing one takes two renames, between which the path is
 * absent for microseconds. `generations`: the path is a symbolic link to the newest of immutable directories
 * `.<name>.gen/00000007` beside it; replacing has no such window.
 */
export type PublishWay = 'swap' | 'generations';

/** Where an output lands, so that two outputs on one place are refused before anything runs. */
export interface SinkLocation {
  /** `file` for local paths. */
  readonly scheme: string;
  /** Absolute and normalised. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
}

/**
 * A declared target: plain data that names a worker module. Made by `parquet(...)`, `csv(...)`, `customSink(...)`.
 * `R` is the row type it accepts.
 */
export interface Sink<in R> {
  /** Short name for reports and machines: `parquet`. */
  readonly name: string;
  readonly module: ModuleRef;
  /** Undefined for targets that cannot collide. */
  readonly location: SinkLocation | undefined;
  /** What a person calls the target: a path or URL, without secrets. */
  readonly target: string;
  /** True when the whole output must be one write (a single file). */
  readonly single: boolean;
  /** Columns the sink needs to find (partition columns). Checked against the schema before anything is written. */
  readonly requires: readonly string[];
  /** What it does when the target exists; absent when it does not say. A resumed job may redo only what `overwrite` replaces. */
  readonly mode?: WriteMode | undefined;
  /**
   * What its options say of what it holds, by which a resumed job knows it again; absent when all of them do. Plain data, no
   * secrets.
   */
  readonly identity?: unknown;
  /**
   * False when its rows only name what something else holds for as long as this run: what is kept of them
   * on disk is worth nothing later.
   */
  readonly spillable?: boolean | undefined;
  /**
   * Who has the rows that its items name, when it takes items that only name rows (`rowsElsewhere`) and has them written there;
   * absent for sinks of rows, which are refused for such items.
   */
  readonly takesFrom?: string | undefined;
  /** Columns that are other ones in every run though the rows say the same: a resumed job does not compare them. */
  readonly varies?: readonly string[] | undefined;
  /** Bytes an open attempt of this sink needs besides its batches; charged to the budget while it is open. */
  readonly reserveBytes: number;
  /** Type-level only. */
  readonly [accepts]?: (row: R) => void;
}

/** Facts about the run and the output, the same in every call. Plain data. */
export interface OutputInfo {
  /** Id of the run; of a resumed job that of its first run. */
  readonly runId: string;
  /** Name of the output. */
  readonly output: string;
  /**
   * Of a job that can be resumed, in `commit` and `verify`: names what the output holds, so that the job finds its own
   * again. Kept with what is published, and told by `published`.
   */
  readonly key?: string | undefined;
}

/** One file that a write has put on stable storage, still invisible. */
export interface StagedFile {
  /** Relative to the target, with `/`: `origin_state=CA/part-00000-<id>.parquet`; for a single file its name. */
  readonly path: string;
  readonly rows: number;
  /** Size of the file. */
  readonly bytes: number;
  /** `sha256:<hex>` of the whole file. */
  readonly checksum: string;
  /** Column values of a partition directory, in order; absent when not partitioned. */
  readonly partition?: Readonly<Record<string, string | number | boolean | bigint | null>> | undefined;
}

/** A file of a dataset that new files stand for. */
export type ReplacedFile = Pick<StagedFile, 'path' | 'rows' | 'checksum'>;

/** What a write hands over when it is prepared: durable, invisible, ready to commit. Plain data. */
export interface Prepared<Part = unknown> {
  readonly rows: number;
  /** Encoded bytes. */
  readonly bytes: number;
  readonly files: readonly StagedFile[];
  /** Anything else the sink's own commit needs. */
  readonly part: Part;
}

/** What became visible. */
export interface Committed {
  readonly rows: number;
  /** Rows that the stage refused beside them; absent when none might be. */
  readonly rejected?: number | undefined;
  /** Encoded bytes. */
  readonly bytes: number;
  readonly files: number;
  /** What a person should know though nothing has failed: sentences for the report. */
  readonly notes?: readonly string[] | undefined;
}

/** What a run has published at a target, as the target tells it. */
export interface Publication extends Committed {
  /** The run that published it. */
  readonly runId: string;
  /** The `key` of the output that it wrote. */
  readonly key: string;
  /** Everything that was published is still there. */
  readonly whole: boolean;
}

/** What `begin` of a sink is given. */
export interface BeginContext<Options> extends OutputInfo {
  readonly options: Options;
  /** When it was declared, so that a target of other columns is refused before any row is computed. */
  readonly schema?: Schema | undefined;
  /** Aborted when the output is cancelled. */
  readonly signal: AbortSignal;
}
/** `skip` when the mode is `ignore` and the target exists: the output is done without being written. */
export type Begun<Staging> = { readonly skip: true } | { readonly skip: false; readonly staging: Staging };

/** What `check` of a sink is given. */
export interface CheckContext<Options, Staging = unknown> extends OutputInfo {
  readonly options: Options;
  /** What `begin` gave; absent when the schema is known before. */
  readonly staging?: Staging | undefined;
  /** Without fields when the output had no rows and no schema was declared. */
  readonly schema: Schema;
}

/** What `open` of a sink is given: one attempt at one write. */
export interface OpenContext<Options, Staging> extends OutputInfo {
  readonly options: Options;
  readonly schema: Schema;
  /** What `begin` gave, cloned into this thread. */
  readonly staging: Staging;
  /** 0-based number of the write within its output; the same on every attempt and in a rerun. */
  readonly write: number;
  /** 1-based; new on every try, so that a retry never meets its predecessor's files. */
  readonly attempt: number;
  /** Aborted when the attempt is cancelled. */
  readonly signal: AbortSignal;
  /**
   * Absent when nobody looks. For sinks whose attempt has states of its own: shows their actors beneath the attempt.
   * @example createActor(machine, { id: 'upload', inspect })
   */
  readonly inspect?: InspectSinkActor | undefined;
}

/**
 * What XState takes as the option `inspect` of an actor, without its types. Of machines it tells their charts and states;
 * nothing of their contexts, and of events only their types. It throws nothing.
 */
export type InspectSinkActor = (event: ActorMove) => void;

/** An inspection event of XState, as far as this package needs to know it. */
export interface ActorMove {
  readonly type: string;
  readonly actorRef: { readonly sessionId: string };
}

/** What `commit` and `verify` of a sink are given. */
export interface CommitContext<Options, Staging, Part> extends OutputInfo {
  readonly options: Options;
  /** What `begin` gave. */
  readonly staging: Staging;
  readonly schema: Schema;
  /** Of every write, in the order of the writes; an output without rows has one write of no batches. */
  readonly prepared: readonly Prepared<Part>[];
  /** Rows that the stage refused, to be kept with what is published; absent when none might be. */
  readonly rejected?: number | undefined;
  /** Aborted when the output is cancelled. */
  readonly signal: AbortSignal;
}

/** What `abort` of a sink is given. */
export interface AbortContext<Options, Staging> extends OutputInfo {
  readonly options: Options;
  /** What `begin` gave. */
  readonly staging: Staging;
}

/** How a sink takes part in a group of outputs that commit together. */
export type SinkGroup<Options = unknown, Staging = unknown, Part = unknown> = GroupHalf<
  AbortContext<Options, Staging> & { readonly signal: AbortSignal },
  CommitContext<Options, Staging, Part>
>;

/** One open attempt. Calls come one at a time, each after the one before has settled. */
export interface SinkWriter<Part = unknown> {
  /**
   * Takes a batch; return a promise when the next one must wait. The batch is valid until the returned promise
   * settles: `retain()` it to read it later, until `prepare` or `abort` at the latest. What is retained stays in memory.
   */
  write(batch: Batch<unknown>): void | Promise<void>;
  /** Called once after the last batch: puts everything on stable storage, invisible, and closes. */
  prepare(): Promise<Prepared<Part>>;
  /** Called once instead of, or after a failed, `prepare`: closes and removes what this attempt left. Must not throw. */
  abort(): Promise<void>;
}

/**
 * A sink, as the default export of a worker module. `begin`, `check`, `commit`, `verify` and `abort` run on the main thread
 * (they should only wait for I/O); `warm`, `open` and its writer run in a worker thread, several writers at once, each of
 * another write. Everything but options and plain data is created inside.
 */
export interface SinkDefinition<Options = unknown, Staging = unknown, Part = unknown> {
  /** Short name for messages: `http-lines`. */
  readonly name: string;
  /** Once, before any row is computed: refuse a bad target here, prepare a staging place. */
  begin(context: BeginContext<Options>): Promise<Begun<Staging>>;
  /**
   * Before `begin`, when a job is resumed: which runs with a key have published what the target holds now. What a dead
   * run left half done is finished or taken back before it answers. A sink without it, or that answers undefined since it
   * cannot tell with these options, is believed to have published what the job's journal says; what it committed in the
   * moment of a crash is then written again.
   */
  published?(context: BeginContext<Options>): Promise<readonly Publication[] | undefined>;
  /**
   * Once, as soon as the schema is known (before `begin` when it was declared, else before the first `open`): throws
   * SCHEMA_INVALID or PLAN_INVALID for what cannot be written faithfully.
   */
  check?(context: CheckContext<Options, Staging>): void | Promise<void>;
  /**
   * In a worker thread that may get an attempt of this sink, while the run still computes: loads what `open` would have to
   * load first. Once for each thread and pool at most, after `begin` of an output that is not skipped, and perhaps in vain:
   * it leaves nothing open. What it throws is not told, as `open` will meet it again.
   */
  warm?(): void | Promise<void>;
  /** Once per attempt, in a worker. */
  open(context: OpenContext<Options, Staging>): Promise<SinkWriter<Part>>;
  /** Once all writes are prepared: makes them visible, durably and as a whole. Called again after a temporary error. */
  commit(context: CommitContext<Options, Staging, Part>): Promise<Committed>;
  /**
   * After a commit that failed: what it published all the same, or undefined when nothing is visible. Asked again after an
   * `abort` that did not wait for a commit: what that commit had published before it was given up.
   */
  verify?(context: CommitContext<Options, Staging, Part>): Promise<Committed | undefined>;
  /** After a failure or cancel: removes everything staged. Idempotent. */
  abort(context: AbortContext<Options, Staging>): Promise<void>;
  /**
   * For outputs that commit together: how this one takes part, or undefined when it cannot with these options. A sink without
   * it is refused as a member.
   */
  group?(options: Options): Promise<SinkGroup<Options, Staging, Part> | undefined>;
}

/** Types a sink definition; the identity at run time. */
export function defineSink<Options, Staging = undefined, Part = undefined>(
  definition: SinkDefinition<Options, Staging, Part>,
): SinkDefinition<Options, Staging, Part> {
  return definition;
}
