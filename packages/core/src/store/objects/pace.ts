// Owns how fast one store is asked: when it says that it has too much to do, everything that asks it waits, not only the call
// that was told so; and how many calls may be tried again in all. It knows no calls.
import type { Clock } from '../../time/clock.js';
import { sleep } from '../../time/clock.js';
import type { Answer } from './object-client.js';

/** How long calls wait, and how often they are made again. */
export interface PaceOptions {
  readonly clock: Clock;
  /** Source of jitter in [0, 1): Math.random, or one that repeats in tests. */
  readonly random: () => number;
  /** Tries of a call that is cut off. Default 8. */
  readonly attempts?: number | undefined;
  /** Tries of a call that the store does not take for now, for which it may need a minute. Default 12. */
  readonly throttledAttempts?: number | undefined;
  /** Bound of the first delay in milliseconds, which doubles with every answer of that kind. Default 100. */
  readonly baseMs?: number | undefined;
  /** Longest delay in milliseconds. Default 20,000. */
  readonly capMs?: number | undefined;
  /** Retries that may be in hand at most, which is what there are to begin with. Default 100. */
  readonly maxRetries?: number | undefined;
  /** Retries that every call that ends well gives back. Default 0.2. */
  readonly retriesPerCall?: number | undefined;
  /** Tells other threads that ask the same store; they `hear` of it. */
  readonly tell?: ((waitMs: number, leastMs: number) => void) | undefined;
}

/** What of a call decides when it is made, and whether again. */
export interface PacedCall {
  readonly isRepeatable: boolean;
  readonly signal: AbortSignal;
  /** Stores slow down reads and writes apart from each other: that reads are answered says nothing of writes. Default false. */
  readonly isRead?: boolean | undefined;
}

/** When the calls of one thread on one store are made, and made again. */
export interface Pace {
  /**
   * Makes a call when the store may be asked, and again while it says `throttled`; `ambiguous` calls only when they may be made
   * twice. What is left after that is given back.
   */
  call<T>(make: () => Promise<Answer<T>>, options: PacedCall): Promise<Answer<T>>;
  /**
   * Waits before a step of several calls is taken again: jittered, and the longer the more rounds there were. Rejects with the
   * reason of the signal.
   * @param round from 1 on
   */
  pause(round: number, signal: AbortSignal): Promise<void>;
  /**
   * Another thread was told to wait.
   * @param waitMs within which every call begins at a moment of its own
   * @param leastMs before which none does. Default 0
   */
  hear(waitMs: number, leastMs?: number): void;
  /** Counts since it was made: calls, further tries of them, and times that all calls were told to wait. */
  stats(): { readonly calls: number; readonly retries: number; readonly waits: number };
}

/**
 * Makes the pace of one thread, for its `ObjectConnection`.
 *
 * Calls wait with full jitter over a bound that doubles with every episode, drawn by each call for itself, so that
 * those that wait do not come back all at once; half of a level is taken back by every success of the same kind, read
 * or write. Retries are taken out of a bucket that successes fill, as
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter describes it.
 */
export function createPace(options: PaceOptions): Pace {
  const { clock, random, attempts = 8, throttledAttempts = 12, baseMs = 100, capMs = 20_000 } = options;
  const { maxRetries = 100, retriesPerCall = 0.2, tell } = options;
  let openAt = Number.NEGATIVE_INFINITY;
  let closedUntil = Number.NEGATIVE_INFINITY;
  /** Times that the store has said that it has too much to do; calls that were under way then tell nothing new. */
  let episodes = 0;
  const levels = { read: 0, write: 0 };
  let inHand = maxRetries;
  let calls = 0;
  let retries = 0;
  let waits = 0;

  const boundMs = (exponent: number): number => Math.min(capMs, baseMs * 2 ** Math.min(exponent, 31));
  const close = (waitMs: number, leastMs = 0): void => {
    const now = clock.now();
    openAt = Math.max(openAt, now + waitMs);
    closedUntil = Math.max(closedUntil, now + leastMs);
    episodes += 1;
    waits += 1;
  };

  const untilOpen = async (signal: AbortSignal): Promise<void> => {
    for (let seen = -1; seen !== episodes; ) {
      seen = episodes;
      const now = clock.now();
      const wait = Math.max(closedUntil - now, random() * Math.max(0, openAt - now));
      if (wait > 0) await sleep(clock, wait, signal);
    }
  };

  return {
    async call(make, { isRepeatable, signal, isRead = false }) {
      const kind = isRead ? 'read' : 'write';
      calls += 1;
      for (let attempt = 1; ; attempt += 1) {
        try {
          await untilOpen(signal);
        } catch (cause) {
          return { kind: 'refused', cause };
        }
        const begunIn = episodes;
        const answer = await make();
        if (answer.kind !== 'throttled' && answer.kind !== 'ambiguous') {
          levels[kind] = Math.max(0, levels[kind] - 0.5);
          inHand = Math.min(maxRetries, inHand + retriesPerCall);
          return answer;
        }
        const isThrottled = answer.kind === 'throttled';
        if (isThrottled && begunIn === episodes) {
          const leastMs = answer.afterMs ?? 0;
          const waitMs = Math.max(leastMs, boundMs(levels[kind]));
          levels[kind] += 1;
          close(waitMs, leastMs);
          tell?.(waitMs, leastMs);
        }
        const mayRepeat = isRepeatable || (isThrottled && answer.isCertain);
        const most = isThrottled ? throttledAttempts : attempts;
        if (signal.aborted || !mayRepeat || attempt >= most || inHand < 1) return answer;
        inHand -= 1;
        retries += 1;
        // What was cut off says nothing of the store: only this call waits.
        if (!isThrottled) {
          try {
            await sleep(clock, random() * boundMs(attempt - 1), signal);
          } catch {
            return answer;
          }
        }
      }
    },
    pause: (round, signal) => sleep(clock, random() * boundMs(round - 1), signal),
    hear: close,
    stats: () => ({ calls, retries, waits }),
  };
}
