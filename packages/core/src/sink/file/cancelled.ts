// Owns the answer of a file sink to an aborted signal: a CancelledError, whatever the signal's reason is.
import { CancelledError } from '../../errors/named-errors.js';

export function throwIfCancelled(signal: AbortSignal, output: string): void {
  if (!signal.aborted) return;
  throw new CancelledError(`Writing output "${output}" was cancelled.`, {
    operation: 'write files',
    context: { output },
    cause: signal.reason,
  });
}
