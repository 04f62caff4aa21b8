// Owns how long calls go on that the end of a run does not cancel: what must be known of a commit, and what is tidied after it.
// It ends them once the store has been silent for a while, so that one that does not answer keeps no process.
import { setMaxListeners } from 'node:events';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { Objects } from './objects.js';

/** As long as a run waits for what it has cancelled. */
const silenceMs = 30_000;

/** Calls back once, unless the process has ended. */
export type SetDeadline = (act: () => void, delayMs: number) => void;

const systemDeadline: SetDeadline = (act, delayMs) => void setTimeout(act, delayMs).unref();

export interface LastCallsOptions {
  /** The run's. Without one, silence counts from now on. */
  readonly after?: AbortSignal | undefined;
  /** Default: by the timers of Node, which keep no process. */
  readonly setDeadline?: SetDeadline | undefined;
}

/**
 * The same calls, for what must be known though its run was given up, or what nobody waits for: after the signal they go on as long
 * as the store answers one of them within half a minute. What they leave then, the next run or a sweep removes.
 */
export function lastCalls(
  objects: Objects,
  { after, setDeadline = systemDeadline }: LastCallsOptions = {},
): Objects {
  const life = new AbortController();
  let isAnswered = false;
  const listen = (): void => {
    isAnswered = false;
    setDeadline(() => (isAnswered ? listen() : life.abort(silent(objects))), silenceMs);
  };
  if (after === undefined || after.aborted) listen();
  else {
    // Node would take more than ten listeners on the signal of a run for a leak.
    setMaxListeners(0, after);
    after.addEventListener('abort', listen, { once: true });
  }
  return objects.with(life.signal, () => {
    isAnswered = true;
  });
}

function silent({ about: { path, output } }: Objects): TailraceError {
  const message =
    `Output "${output}" was given up, and the store of ${path} has not answered for ${silenceMs / 1_000} s. ` +
    `What is left there the next run or a sweep removes.`;
  return new TailraceError(message, {
    code: 'STORE_FAILED',
    status: 'temporary',
    operation: 'end output',
    context: { path, output },
  });
}
