// Owns a worker thread's place in the queue for the cores: behind the main thread, whose computing everything waits for.
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** `nice`'s own default. A core that nobody else wants is used whole all the same. */
const niceness = 10;

/**
 * Lowers the priority of the calling thread for good. On Linux niceness is the thread's, not the process's (setpriority(2), NOTES);
 * where it is not, the thread stays as it is.
 */
export function giveWay(): void {
  try {
    // `<process>/task/<thread>`: the kernel's number of the thread that asks, which Node does not tell.
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (Number.isInteger(thread)) setPriority(thread, niceness);
  } catch {
    // Another system, or a sandbox that forbids it: writing then competes with computing, and is no less correct.
  }
}
