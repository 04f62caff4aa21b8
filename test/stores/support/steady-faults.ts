// Owns faults at a fixed rate that a further try mends, for suites that know of none: every so many requests the next kind, in turn.
import type { Fault, FaultProxy } from './fault-proxy.js';

const mended: readonly Fault[] = [
  { kind: 'error', status: 503 },
  { kind: 'reset before' },
  { kind: 'error', status: 500 },
  { kind: 'reset after' },
  { kind: 'error', status: 429 },
  { kind: 'truncate' },
  { kind: 'error after', status: 502 },
  { kind: 'slow' },
];

/** @param every requests from one fault to the next: no multiple of what a call takes, so that all calls have their turn */
export function steadyFaults(proxy: FaultProxy, every: number): void {
  proxy.faultOf = (request) =>
    request % every === 0 ? mended[Math.floor(request / every) % mended.length] : undefined;
}
