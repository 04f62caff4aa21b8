// Owns the processor time of the main thread alone.
import { readFileSync } from 'node:fs';

/**
 * Milliseconds this process's main thread has been on a processor. From Linux's /proc/PID/task/TID/schedstat, in
 * nanoseconds; NaN elsewhere. Call it on the main thread: the clock of one that runs is brought up to date by its own call.
 */
export function mainThreadMs(): number {
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return Number.NaN;
  }
}
