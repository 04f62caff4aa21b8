// Owns the error of a run that did not complete.
import { TailraceError } from '../errors/tailrace-error.js';
import { errorOf, type OutputEnd } from '../pool/open-output.js';

/** The failure of a run: one error per output, all named in the message. Without any the run was cancelled behind its last commit. */
export function failureOfRun(
  pipeline: string,
  unfinished: readonly OutputEnd[],
  errors: readonly TailraceError[],
): AggregateError {
  if (errors.length === 0) {
    const message =
      `Pipeline '${pipeline}' was cancelled when all of its outputs were done already. They are published whole, and stay; ` +
      'the report tells of them.';
    return new AggregateError(
      [new TailraceError(message, { code: 'CANCELLED', operation: 'run pipeline' })],
      message,
    );
  }
  const named = unfinished.map((end) => `${end.record.name} (${end.state}): ${errorOf(end).message}`);
  const others = errors.slice(unfinished.length).map((error) => error.message);
  const lines = [...named, ...others];
  return new AggregateError(
    errors,
    `Pipeline '${pipeline}' did not complete: ${unfinished.length} of its outputs failed.\n${lines.map((line) => `  - ${line}`).join('\n')}`,
  );
}
