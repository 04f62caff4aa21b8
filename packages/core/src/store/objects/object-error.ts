// Owns how an answer that is no success becomes an error that says what failed, where, and what to do about it.
import { ConflictError } from '../../errors/named-errors.js';
import { isTailraceError, messageOf, TailraceError } from '../../errors/tailrace-error.js';
import type { StoreTarget } from '../../sink/store.js';
import type { Answer } from './object-client.js';

/** What a call is made for. */
export type About = Pick<StoreTarget, 'path' | 'output'> & {
  /** Nothing is written: somebody reads what is published. */
  readonly isRead?: boolean | undefined;
};

const advice = {
  absent: 'It is not there. See whether something else removes objects below this path',
  precondition: 'Something else has written it. See that no two runs write to one path',
  throttled:
    'The store asks for less, or is in trouble, for longer than it was waited for. Run it later, or with fewer workers',
  ambiguous:
    'No answer came that tells whether it was done, however often it was asked for. Look at the network and the endpoint',
  refused: 'It would be refused again. Look at the permissions, the name of the bucket and the endpoint',
} as const;

/** Of those who read, whom no run tries again by itself. */
const readAdvice = {
  absent: 'It is not there. Check the path',
  precondition: 'Something else has replaced it. Open it again',
  throttled: 'The store asks for less, or is in trouble. Read it later, or fewer files at once',
  ambiguous:
    'No answer came that can be read, however often it was asked for. Look at the network and the endpoint',
  refused: advice.refused,
} as const;

/** STORE_FAILED for a step that did not end as it should. Of a read it leaves the path to whoever reads. */
export function answerError(
  answer: Exclude<Answer<unknown>, { readonly kind: 'done' }>,
  step: string,
  { path, output, isRead = false }: About,
): TailraceError {
  const cause = 'cause' in answer ? answer.cause : undefined;
  const said = cause === undefined ? answer.kind : messageOf(cause);
  const message = isRead
    ? `Could not ${step}: ${said}. ${readAdvice[answer.kind]}.`
    : `Could not ${step} of ${path}: ${said}. ${advice[answer.kind]}.`;
  return new TailraceError(message, {
    code: 'STORE_FAILED',
    operation: step,
    status: answer.kind === 'throttled' || answer.kind === 'ambiguous' ? 'temporary' : 'permanent',
    context: isRead ? { path, answer: answer.kind } : { path, output, answer: answer.kind },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A failure of calls that several outputs have waited for, told for one of them. */
export function toldFor(error: unknown, about: About): unknown {
  if (!isTailraceError(error) || error.code !== 'STORE_FAILED') return error;
  const { operation, cause, context } = error;
  switch (context?.answer) {
    case 'absent':
    case 'precondition':
      return answerError({ kind: context.answer }, operation, about);
    case 'ambiguous':
    case 'refused':
      return answerError({ kind: context.answer, cause }, operation, about);
    case 'throttled':
      return answerError({ kind: 'throttled', cause, isCertain: false }, operation, about);
    default:
      return error;
  }
}

/** The value of an answer; throws the reason of the signal when it is aborted, else STORE_FAILED. */
export function done<T>(answer: Answer<T>, step: string, about: About, signal?: AbortSignal): T {
  if (answer.kind === 'done') return answer.value;
  signal?.throwIfAborted();
  throw answerError(answer, step, about);
}

/** The same, or undefined for what is not there. */
export function valueIfThere<T>(
  answer: Answer<T>,
  step: string,
  about: About,
  signal?: AbortSignal,
): T | undefined {
  return answer.kind === 'absent' ? undefined : done(answer, step, about, signal);
}

/**
 * For a step that was taken again and again, and never had an answer that tells what became of it. Temporary.
 * @param last the latest answer to the write itself
 */
export function unanswered(step: string, about: About, last?: Answer<unknown>): TailraceError {
  const isTold = last?.kind === 'throttled' || last?.kind === 'ambiguous';
  const nothing = { kind: 'ambiguous', cause: new Error('no clear answer came in several rounds') } as const;
  return answerError(isTold ? last : nothing, step, about);
}

/** Rounds of writing and looking before a write counts as unanswered: with the pauses between them more than a minute, as a rule. */
export const maxWriteRounds = 12;

export function lostTo(
  change: string,
  { path, output, mode }: About & Pick<StoreTarget, 'mode'>,
): ConflictError {
  const message =
    `Output "${output}" was not published to ${path}: ${change} since this run began. What is there was left as it is. ` +
    'See that no two runs write to one path, and run ' +
    `again${mode === 'error' ? ', after removing it or with mode overwrite' : ''}.`;
  return new ConflictError(message, { operation: 'commit output', context: { path, output } });
}

export function failedFor(
  problem: string,
  { path, output, isRead = false }: About,
  operation: string,
): TailraceError {
  const message = isRead
    ? `${path} cannot be read: ${problem}. Check the path, and what else writes there.`
    : `Output "${output}" cannot go to ${path}: ${problem}. Nothing has changed there; run it again.`;
  return new TailraceError(message, {
    code: 'STORE_FAILED',
    operation,
    status: 'permanent',
    context: isRead ? { path } : { path, output },
  });
}
