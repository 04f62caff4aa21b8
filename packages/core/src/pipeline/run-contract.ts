// Owns the words of a run: what may be said when it is started, and what its user has in hand while it is under way.
import type { ActorRefFrom, Subscription } from 'xstate';
import type { Inspector } from '../inspect/remote-inspection.js';
import type { Memory } from '../materialise/memory.js';
import type { StartThread } from '../pool/thread.js';
import type { WorkerOptions } from '../pool/worker-settings.js';
import type { StoreOfScheme } from '../sink/file/store-of-scheme.js';
import type { Clock, Random } from '../time/clock.js';
import type { RunProgress } from './progress.js';
import type { Report } from './report.js';
import type { RunMachine } from './run.machine.js';

/** How a pipeline is run. Everything has a default. */
export interface RunOptions extends WorkerOptions {
  /**
   * Worker threads. `'auto'`, the default: one, and up to as many as there are cores while there is more to write; as
   * many of them encode at once as there are cores that the main thread does not use. A number: exactly that many; 0
   * runs the same machines on the main thread.
   */
  readonly workers?: number | 'auto' | undefined;
  /**
   * Bytes that may be held: a number, such as `'512MiB'`, or a memory that is shared with others. Default `'256MiB'`.
   */
  readonly memory?: string | number | Memory | undefined;
  /** Where batches are spilled. Default: the system's directory for temporary files. */
  readonly scratchDir?: string | undefined;
  /** Stores for outputs to URLs, chosen by their scheme: `[s3({ region: 'eu-west-1' })]`. Default: local files only. */
  readonly stores?: readonly StoreOfScheme[] | undefined;
  /** Abort everything when one output fails. Default false: the others go on. */
  readonly failFast?: boolean | undefined;
  /** Aborts the run when it is aborted, as `run.abort()` does. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Directory of the job that this run is part of: outputs that an earlier run of it has published are kept, the others
   * are written, each is published once. A finished job stays finished until a source, the pipeline's version or an output
   * changes; take another directory for each night's run. An output that would not agree with what is published, because
   * a stage gives something else than it did, fails with a NondeterminismError. Default: none, nothing is
   * remembered. Example: `'jobs/2024-05-01'`.
   */
  readonly resume?: string | undefined;
  /**
   * With `resume`: what outputs are written from is put on stable storage, in the directory of the job, before the first
   * of them is published, and read from there after a crash. For sources and stages that give something else each time:
   * clocks, random numbers, other people's services. Takes the disk space of the rows until all is published. Nothing
   * is published when a written stage fails. Refused where an output's rows only name what a server holds, as those of
   * Spark do. Default false.
   */
  readonly durable?: boolean | undefined;
  /** XState inspector: sees every actor, those in workers included. */
  readonly inspect?: Inspector | undefined;
  /** Freeze items that several consumers see. Default: when NODE_ENV is `development` or `test`. */
  readonly freeze?: boolean | undefined;
  /** Milliseconds without any movement before stages that wait for each other fail. Default 60,000. */
  readonly stallMs?: number | undefined;
  /** Injected in tests. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Source of jitter, injected in tests. Default: Math.random. */
  readonly random?: Random | undefined;
  /** How threads are started: for tests. */
  readonly startThread?: StartThread | undefined;
}

/** A pipeline under way. */
export interface Run {
  /** Under which it publishes; with `resume` that of the job that goes on, once its journal has been read. */
  readonly id: string;
  /** Name of the pipeline. */
  readonly pipeline: string;
  /** Resolves with the report when every output is committed; rejects with an AggregateError naming every one that is not. */
  readonly completed: Promise<Report>;
  /** Like `completed`, but resolves however the run ended. */
  readonly settled: Promise<Report>;
  /** How far it is now; costs little, and works after the end. */
  progress(): RunProgress;
  /** Cancels everything now and removes what was staged; `completed` then rejects. */
  abort(reason?: string): void;
  /** The snapshot of the run's actor: its state by the names in docs/lifecycle.md. */
  getSnapshot(): ReturnType<ActorRefFrom<RunMachine>['getSnapshot']>;
  /** Calls back with every snapshot of the run's actor. */
  subscribe(listener: (snapshot: ReturnType<ActorRefFrom<RunMachine>['getSnapshot']>) => void): Subscription;
  /** The run's actor, for what else XState can do with it. */
  readonly actor: ActorRefFrom<RunMachine>;
}
