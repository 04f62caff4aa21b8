// Owns how long somebody who has given up still waits: a call that hangs in the kernel is not recalled, but
// must not keep the end of a run.
import type { Clock } from '../time/clock.js';

export interface Grace {
  /** Aborted when nobody wants the work any more. */
  readonly signal: AbortSignal;
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  /** Milliseconds that it is waited for from then on. */
  readonly graceMs: number;
}

/**
 * Settles as `work` does; as `late` does when the signal is aborted and `work` has not settled by the end of the grace. The
 * work goes on by itself; what becomes of it then is its own business.
 */
export function withinGrace<T>(
  work: Promise<T>,
  { signal, clock, graceMs }: Grace,
  late: () => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: unknown;
    const onAbort = (): void => {
      timer = clock.setTimeout(() => {
        try {
          resolve(late());
        } catch (error) {
          reject(error);
        }
      }, graceMs);
    };
    const end = (): void => {
      signal.removeEventListener('abort', onAbort);
      if (timer !== undefined) clock.clearTimeout(timer);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}
