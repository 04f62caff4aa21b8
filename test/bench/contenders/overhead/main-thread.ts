// Owns the processor time of the main thread alone.
import { readFileSync } from 'node:fs';

/**
 * Milliseconds this process's main thread has been on a processor, up to a few milliseconds ago. From Linux's
 * /proc/PID/task/TID/schedstat (proc(5)); NaN elsewhere.
 */
export function mainThreadMs(): number {
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return Number.NaN;
  }
}
