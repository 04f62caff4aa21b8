// Owns what an output's machine asks of the outside in each of its states.
import type { PlainError } from '../errors/plain-error.js';
import type { CheckedDecision } from '../retry/checked-decision.js';
import type { Pause, PauseDecision } from '../retry/disk-full.js';
import type { Committed } from '../sink/sink.js';
import type { OutputRef } from './output-events.js';
import type { WriteMachine } from './write.machine.js';

export interface OutputEffects {
  /** Opens the target. */
  begin(output: OutputRef, signal: AbortSignal): Promise<{ readonly skip: boolean }>;
  /** In a group: puts everything on stable storage, ready to be published. */
  settle(output: OutputRef, signal: AbortSignal): Promise<void>;
  /** In a group: resolves when it is decided that all of its outputs are published; rejects when none is. */
  gather(output: OutputRef, signal: AbortSignal): Promise<void>;
  /** In a group: the decision is under way or has fallen, and waits for nobody. Never throws. */
  isDeciding(output: OutputRef): boolean;
  /** In a group: the output will not be published, or not by this run. Never throws. */
  leaveGroup(output: OutputRef, error: PlainError | undefined): void;
  /** Makes everything visible. */
  commit(output: OutputRef, signal: AbortSignal): Promise<Committed>;
  /** What a failed commit published all the same; after an abort, what that commit had published before it. */
  verify(output: OutputRef, signal: AbortSignal): Promise<Committed | undefined>;
  /** Removes everything staged. */
  abort(output: OutputRef): Promise<void>;
  /** Aborts the signal of what is under way of `settle`, `gather` or `commit`. Never throws. */
  interruptCommit(output: OutputRef): void;
  /** Milliseconds an interrupted commit, and the look at what it did, may take. */
  readonly graceMs: number;
  /** The output's retry policy. Never throws. */
  decide(outputId: string, error: PlainError, attempt: number): CheckedDecision;
  /** Whether to wait for room; undefined when the error is not of a full disk, or that is a failure like others. Never throws. */
  decidePause(outputId: string, error: PlainError, pause: Pause | undefined): PauseDecision | undefined;
  /** Milliseconds that removing what was staged may take; what is left is removed by the next run. */
  readonly removalMs: number;
  readonly writeMachine: WriteMachine;
}
