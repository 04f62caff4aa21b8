// Owns a worker thread's place in the queue for the cores: behind the main thread, whose computing everything waits for.
import { getPriority, setPriority } from 'node:os';

/** Steps of niceness behind the rest of the process: as many as `nice` takes. */
const steps = 10;
/** The calling thread: on Linux niceness is the thread's, elsewhere the process's (setpriority(2), NOTES). */
const thisThread = 0;

/** Lowers the priority of the calling thread for good. Where threads have none of their own, or may not, nothing changes. */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(thisThread, Math.min(19, getPriority(thisThread) + steps));
  } catch {
    // A sandbox that forbids it: writing then competes with computing, and is no less correct.
  }
}
