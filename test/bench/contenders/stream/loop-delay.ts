// Owns the delay of the event loop during a round.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Figures } from '../../harness/contender.js';
import { loopFigures } from './contest.js';

const nanosecondsPerMs = 1e6;

export interface LoopWatch {
  end(): Figures;
}

/** Samples every millisecond; a sample is the time between two turns, so that an idle loop shows about 1 ms. */
export function watchLoop(): LoopWatch {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  return {
    end() {
      delays.disable();
      return {
        [loopFigures.p50]: delays.percentile(50) / nanosecondsPerMs,
        [loopFigures.p99]: delays.percentile(99) / nanosecondsPerMs,
        [loopFigures.max]: delays.max / nanosecondsPerMs,
      };
    },
  };
}
