// Owns the words of the imperative interface: options, handles, statistics.
import type { ActorRefFrom } from 'xstate';
import type { Inspector } from '../inspect/remote-inspection.js';
import type { Materialised } from '../materialise/materialised.js';
import type { Memory } from '../materialise/memory.js';
import type { OutputFeed } from '../output/feed.js';
import type { StoreOfScheme } from '../sink/file/store-of-scheme.js';
import type { Sink } from '../sink/sink.js';
import type { Clock, Random } from '../time/clock.js';
import type { WorkerStats } from './core.js';
import type { OutputProgress, OutputReport, OutputState } from './output-report.js';
import type { PoolMachine } from './pool.machine.js';
import type { OutputOptions } from './settings.js';
import type { StartThread } from './thread.js';
import type { WorkerOptions } from './worker-settings.js';

/** How a pool is set up. Everything has a default. */
export interface PoolOptions extends WorkerOptions {
  /**
   * Worker threads. `'auto'`, the default: one, and up to as many as there are cores while there is more to write; as
   * many of them encode at once as there are cores that the main thread does not use. A number: exactly that many; 0
   * runs the same machines on the main thread.
   */
  readonly workers?: number | 'auto';
  /** Bytes that may be held, `'256MiB'` by default, or a memory shared with datasets. */
  readonly memory?: string | number | Memory;
  /** Where batches are spilled. Default: the system's directory for temporary files. */
  readonly scratchDir?: string;
  /** Stores for outputs to URLs, chosen by their scheme: `[s3({ region: 'eu-west-1' })]`. Default: local files only. */
  readonly stores?: readonly StoreOfScheme[];
  /** XState inspector: sees every actor, those in workers included. */
  readonly inspect?: Inspector;
  /** Injected in tests. Default: the system's. */
  readonly clock?: Clock;
  /** Source of jitter, injected in tests. Default: Math.random. */
  readonly random?: Random;
  /** How threads are started: for tests. */
  readonly startThread?: StartThread;
}

/** How a submitted output is written. */
export interface SubmitOptions extends OutputOptions {
  /** Name for reports and the inspector. Default: the sink's name with a number. */
  readonly name?: string;
}

/** A submitted output. */
export interface OutputHandle {
  readonly name: string;
  readonly state: OutputState;
  /** Resolves when it is committed; rejects with what it failed of. */
  readonly done: Promise<OutputReport>;
  /** Gives up and removes what was staged; `done` then rejects with a CancelledError. */
  cancel(reason?: string): void;
}

/** A pool at one moment: plain data. */
export interface PoolStats {
  /** State of the pool's machine: `accepting`, `saturated`, `draining`, `closing`, `closed` or `broken`. */
  readonly state: string;
  readonly workers: readonly WorkerStats[];
  /** Threads that could not be ended, because a call of the system that they are inside does not return. */
  readonly abandonedWorkers: number;
  /** Outputs that have not begun; with `active`, `done` and `failed`, by lifecycle state. */
  readonly queued: number;
  readonly active: number;
  readonly done: number;
  readonly failed: number;
  /** Writes waiting for a worker. */
  readonly waitingWrites: number;
  /** Bytes that the budget counts now. */
  readonly bytesHeld: number;
  /** Bytes that may be held: the option `memory`. */
  readonly bytesLimit: number;
  /** The most bytes that the budget has counted at once. */
  readonly peakBytesHeld: number;
  /** Bytes in scratch storage now. */
  readonly bytesSpilled: number;
  /** True from crossing the high-water mark until falling to the low one: sources wait. */
  readonly saturated: boolean;
  readonly outputs: readonly OutputProgress[];
}

/** How long `drain` may take. */
export interface DrainOptions {
  /** One deadline over everything, in milliseconds. Default: none. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Worker threads that write what they are given, in the background. Made by `createPool`. */
export interface Pool {
  /** What it holds its batches in: hand it to `materialise`, so that one budget counts all. */
  readonly memory: Memory;
  /**
   * Queues a dataset to be written and returns at once. The pool keeps it until the output has ended.
   * @throws PlanError for what is no dataset, and for options that make no sense; CLOSED once the pool takes no more
   * @example const handle = pool.submit(prices, parquet('out/prices'));
   */
  submit<R>(data: Materialised<R>, sink: Sink<NoInfer<R>>, options?: SubmitOptions): OutputHandle;
  /** Opens an output that is fed batch by batch: what `writeTo` is made of. Throws as `submit`. */
  open<R>(
    sink: Sink<R>,
    options?: SubmitOptions,
  ): { readonly feed: OutputFeed; readonly handle: OutputHandle };
  /**
   * Takes no more, finishes everything and ends the workers. Rejects with an AggregateError of the outputs that
   * failed (the first hundred; the message counts all), or with DRAIN_TIMEOUT naming what is unfinished: the pool then still
   * works on it.
   */
  drain(options?: DrainOptions): Promise<void>;
  /** Takes no more, finishes what is active, cancels what is queued, ends the workers. */
  stop(): Promise<void>;
  /** Cancels everything now and ends the workers. */
  abort(reason?: string): Promise<void>;
  /** Numbers of this moment. */
  stats(): PoolStats;
  /** The pool's actor, for `subscribe` and inspection. */
  readonly actor: ActorRefFrom<PoolMachine>;
}
