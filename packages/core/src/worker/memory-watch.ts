// Owns the limit of what a worker holds outside of V8's heap. The engine limits only the heap: buffers and the memory of
// WebAssembly grow until the system ends the whole process.
import { getHeapStatistics } from 'node:v8';
import { TailraceError } from '../errors/tailrace-error.js';

/** Bytes of buffers, WebAssembly and the like that this thread holds; memory that the main thread shares is not counted. */
export const externalBytes = (): number => getHeapStatistics().external_memory;

/**
 * The error of a thread that holds more than it may; undefined while it does not.
 * @param limitBytes 0 for no limit
 */
export function memoryExceeded(limitBytes: number, heldBytes: number): TailraceError | undefined {
  if (limitBytes === 0 || heldBytes <= limitBytes) return undefined;
  return new TailraceError(
    `It held ${heldBytes} bytes outside of JavaScript's heap, more than the ${limitBytes} that a worker may. ` +
      'Let the sink keep less of what it is given, or raise workerMemory.',
    { code: 'WORKER_LOST', operation: 'limit memory', context: { outOfMemory: true, heldBytes, limitBytes } },
  );
}
