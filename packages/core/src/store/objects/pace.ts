// Owns how fast one store is asked: when it says that it has too much to do, everything that asks it waits, not only the call
// that was told so; and how many calls may be tried again in all. It knows no calls.
import type { Clock } from '../../time/clock.js';
import { sleep } from '../../time/clock.js';
import type { Answer } from './object-client.js';

export interface PaceOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Tries of one call. Default 8. */
  readonly attempts?: number | undefined;
  /** Bound of the first delay in milliseconds, which doubles with every answer of that kind. Default 100. */
  readonly baseMs?: number | undefined;
  /** Longest delay in milliseconds. Default 20,000. */
  readonly capMs?: number | undefined;
  /** Retries there may be at least, however few calls there were. Default 100. */
  readonly minRetries?: number | undefined;
  /** Retries there may be per call. Default 0.2. */
  readonly retriesPerCall?: number | undefined;
  /** Tells other threads that ask the same store; they `hear` of it. */
  readonly tell?: ((waitMs: number) => void) | undefined;
}

export interface Pace {
  /**
   * Makes a call when the store may be asked, and again while it says `throttled`; `ambiguous` calls only when they may be made
   * twice. What is left after that is given back.
   */
  call<T>(
    make: () => Promise<Answer<T>>,
    options: { readonly isRepeatable: boolean; readonly signal: AbortSignal },
  ): Promise<Answer<T>>;
  /**
   * Waits before a step of several calls is taken again: jittered, and the longer the more rounds there were. Rejects with the
   * reason of the signal.
   * @param round from 1 on
   */
  pause(round: number, signal: AbortSignal): Promise<void>;
  /** Another thread was told to wait. */
  hear(waitMs: number): void;
  stats(): { readonly calls: number; readonly retries: number; readonly waits: number };
}

/** Full jitter over a bound that doubles, as `exponential` has it; half of a level is taken back by every success. */
export function createPace(options: PaceOptions): Pace {
  const { clock, random, attempts = 8, baseMs = 100, capMs = 20_000 } = options;
  const { minRetries = 100, retriesPerCall = 0.2, tell } = options;
  let openAt = Number.NEGATIVE_INFINITY;
  let level = 0;
  let calls = 0;
  let retries = 0;
  let waits = 0;

  const hasBudget = (): boolean => retries < Math.max(minRetries, Math.floor(retriesPerCall * calls));
  const boundMs = (exponent: number): number => Math.min(capMs, baseMs * 2 ** Math.min(exponent, 31));
  const close = (waitMs: number): void => {
    openAt = Math.max(openAt, clock.now() + waitMs);
    waits += 1;
  };

  const untilOpen = async (signal: AbortSignal): Promise<void> => {
    for (let wait = openAt - clock.now(); wait > 0; wait = openAt - clock.now())
      await sleep(clock, wait, signal);
  };

  return {
    async call(make, { isRepeatable, signal }) {
      calls += 1;
      for (let attempt = 1; ; attempt += 1) {
        try {
          await untilOpen(signal);
        } catch (cause) {
          return { kind: 'refused', cause };
        }
        const answer = await make();
        if (answer.kind !== 'throttled' && answer.kind !== 'ambiguous') {
          level = Math.max(0, level - 0.5);
          return answer;
        }
        const isThrottled = answer.kind === 'throttled';
        if (isThrottled) {
          const waitMs = Math.max(answer.afterMs ?? 0, random() * boundMs(level));
          level += 1;
          close(waitMs);
          tell?.(waitMs);
        }
        const mayRepeat = isRepeatable || (isThrottled && answer.isCertain);
        if (signal.aborted || !mayRepeat || attempt >= attempts || !hasBudget()) return answer;
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
