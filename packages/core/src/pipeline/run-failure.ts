// Owns the error of a run that did not complete.
import type { TailraceError } from '../errors/tailrace-error.js';
import { errorOf, type OutputEnd } from '../pool/open-output.js';

/** The failure of a run: one error per output, all named in the message. */
export function failureOfRun(
  pipeline: string,
  unfinished: readonly OutputEnd[],
  errors: readonly TailraceError[],
): AggregateError {
  const named = unfinished.map((end) => `${end.record.name} (${end.state}): ${errorOf(end).message}`);
  const others = errors.slice(unfinished.length).map((error) => error.message);
  const lines = [...named, ...others];
  return new AggregateError(
    errors,
    `Pipeline '${pipeline}' did not complete: ${unfinished.length} of its outputs failed.\n${lines.map((line) => `  - ${line}`).join('\n')}`,
  );
}
