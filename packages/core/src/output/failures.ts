// Owns how errors that reach an output's machine become plain ones.
import type { ErrorActorEvent } from 'xstate';
import { type PlainError, toPlainError } from '../errors/plain-error.js';
import type { WriteSettled } from './write.machine.js';

const failure = (error: unknown, operation: string): PlainError =>
  toPlainError(error, { code: 'SINK_FAILED', operation });

/** What the end of a write's actor means that could not tell of it. */
export const brokenWrite = ({ actorId, error }: ErrorActorEvent): WriteSettled => ({
  type: 'write.settled',
  writeId: actorId,
  result: 'failed',
  error: failure(error, 'run write'),
});

/** Parameters of an action for an effect that was rejected. */
export const failedTo =
  (operation: string) =>
  ({ event }: { readonly event: { readonly error: unknown } }): { readonly error: PlainError } => ({
    error: failure(event.error, operation),
  });
