// Owns what failures and cancels mean for an output: pure functions of its context.
import type { PlainError } from '../errors/plain-error.js';
import type { Committed } from '../sink/sink.js';
import type { OutputEffects } from './output-effects.js';
import type { OutputContext, OutputEvent, OutputInput } from './output-events.js';
import type { WriteSettled } from './write.machine.js';

export const firstContext = (input: OutputInput): OutputContext => ({
  ...input,
  live: [],
  prepared: 0,
  failed: 0,
  ended: false,
  commitAttempt: 0,
  decided: false,
  nextDelayMs: undefined,
  pause: undefined,
  error: undefined,
  cancelRequested: false,
  committed: undefined,
  isUnsure: false,
  skipped: false,
});

/** A write has ended. */
export function afterSettled(
  context: OutputContext,
  { writeId, result, error }: WriteSettled,
): Partial<OutputContext> {
  return {
    live: context.live.filter((id) => id !== writeId),
    prepared: context.prepared + (result === 'prepared' ? 1 : 0),
    failed: context.failed + (result === 'failed' ? 1 : 0),
    error: context.error ?? (result === 'failed' ? error : undefined),
  };
}

type Decide = Pick<OutputEffects, 'decide' | 'decidePause'>;

const givenUp = { pause: undefined, nextDelayMs: undefined } as const;

/**
 * The first error stays: a cancel after a failure is still that failure. What its group has decided cannot be cancelled; it is
 * only not tried again.
 */
export function afterEnd(
  context: OutputContext,
  event: Extract<OutputEvent, { readonly type: 'output.cancel' | 'output.failed' }>,
): Partial<OutputContext> {
  if (context.error !== undefined) return {};
  return { cancelRequested: event.type === 'output.cancel' && !context.decided, error: event.error };
}

/** A target that cannot be opened fails the output before anything is computed, unless room is waited for. */
export function afterFailedBegin(
  context: OutputContext,
  error: PlainError,
  effects: Decide,
): Partial<OutputContext> {
  const full = effects.decidePause(context.outputId, error, context.pause);
  if (full?.wait === true) return { pause: full.pause, nextDelayMs: full.delayMs };
  return { ...givenUp, error: context.error ?? full?.error ?? error };
}

/** Whether and when a failed commit is tried again. What was asked to end is not; its own error stays. */
export function afterFailedCommit(
  context: OutputContext,
  error: PlainError,
  effects: Decide,
): Partial<OutputContext> {
  if (context.error !== undefined) return givenUp;
  const full = effects.decidePause(context.outputId, error, context.pause);
  if (full?.wait === true) {
    // Not charged: the policy counts the tries that failed of something else.
    return { pause: full.pause, nextDelayMs: full.delayMs, commitAttempt: context.commitAttempt - 1 };
  }
  if (full !== undefined) return { ...givenUp, error: full.error };
  const decision = effects.decide(context.outputId, error, context.commitAttempt);
  if (decision.retry) return { pause: undefined, nextDelayMs: decision.delayMs, error: undefined };
  return { ...givenUp, error: 'error' in decision ? decision.error : error };
}

/** Parameters of an action for a commit, or the look at one, that told what is visible. */
export const committedBy = ({
  event,
}: {
  readonly event: { readonly output: Committed | undefined };
}): { readonly committed: Committed | undefined } => ({ committed: event.output });
