// Owns the measurement of how busy the main thread is.
import { performance } from 'node:perf_hooks';

/** Share of the time since its last call in which the event loop of this thread had nothing to do: 0 to 1. */
export function createIdleShare(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return 1 - utilization;
  };
}
