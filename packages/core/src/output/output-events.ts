// Owns what goes into, through and out of an output machine: its input, context, events, and what it tells the pool.
import type { ErrorActorEvent } from 'xstate';
import type { PlainError } from '../errors/plain-error.js';
import type { Pause } from '../retry/disk-full.js';
import type { Committed } from '../sink/sink.js';
import type { WriteInput, WriteSettled } from './write.machine.js';

export interface OutputInput {
  /** Unique in the pool; also the actor's id. */
  readonly outputId: string;
  readonly name: string;
  /** What a person calls the target. */
  readonly target: string;
  /** Name of the group that it commits together with. */
  readonly group?: string | undefined;
}

export interface OutputContext extends OutputInput {
  /** Ids of the write actors alive. */
  readonly live: readonly string[];
  readonly prepared: number;
  readonly failed: number;
  /** Every write has been opened and sealed. */
  readonly ended: boolean;
  readonly commitAttempt: number;
  /** Its group is decided: it will be published, by this run or by the next. */
  readonly decided: boolean;
  readonly nextDelayMs: number | undefined;
  /** The disk was full when the target was to be opened or committed, and room is waited for. */
  readonly pause: Pause | undefined;
  readonly error: PlainError | undefined;
  readonly cancelRequested: boolean;
  readonly committed: Committed | undefined;
  /** A commit was not waited for, or what it did could not be found out: looked at again before the output ends. */
  readonly isUnsure: boolean;
  /** The target existed and the mode was `ignore`. */
  readonly skipped: boolean;
}

export type OutputEvent =
  | { readonly type: 'write.opened'; readonly write: WriteInput }
  | { readonly type: 'write.wasSealed'; readonly writeId: string }
  | { readonly type: 'write.moved'; readonly writeId: string; readonly outstanding: number }
  | { readonly type: 'output.ended' }
  | { readonly type: 'output.failed'; readonly error: PlainError }
  | { readonly type: 'output.cancel'; readonly error: PlainError }
  /** An interrupted commit has not answered within the grace: what it did is found out by looking. */
  | { readonly type: 'commit.abandoned' }
  | WriteSettled
  /** A write's actor has broken down. */
  | ErrorActorEvent;

/** Sent to the pool when an output has ended. */
export interface OutputSettled {
  readonly type: 'output.settled';
  readonly outputId: string;
  readonly result: 'done' | 'failed' | 'cancelled';
}

export interface OutputRef {
  readonly outputId: string;
}

/** Input of what an output's machine invokes. */
export const ofOutput = ({ context }: { readonly context: OutputRef }): OutputRef => ({
  outputId: context.outputId,
});
