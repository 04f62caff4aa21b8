// Owns faults at a fixed rate that a further try mends, for suites that know of none: every so many requests the next kind, in turn.
import type { Asked, Fault, FaultProxy } from './fault-proxy.js';

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

/** The answer to the beginning of an upload of S3, once lost, leaves one that nobody knows of: a sweep by age ends it, not the next run. */
const beginsUpload = ({ method, url }: Asked): boolean =>
  method === 'POST' && /[?&]uploads(?:[=&]|$)/.test(url);
const isUnheard = ({ kind }: Fault): boolean => ['reset after', 'error after', 'truncate'].includes(kind);

/** @param every requests from one fault to the next: no multiple of what a call takes, so that all calls have their turn */
export function steadyFaults(proxy: FaultProxy, every: number): void {
  proxy.faultOf = (request, asked) => {
    if (request % every !== 0) return undefined;
    const fault = mended[Math.floor(request / every) % mended.length];
    return fault !== undefined && isUnheard(fault) && beginsUpload(asked) ? { kind: 'reset before' } : fault;
  };
}
