// Owns the resident set over time: sampled by a thread of its own, so that a blocked main thread leaves no gap.
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Figures } from '../../harness/contender.js';
import { memoryFigures, residentAt, residentPoints } from './contest.js';

const mib = 2 ** 20;

export interface Sample {
  readonly ms: number;
  readonly bytes: number;
}

export interface MemoryWatch {
  /** What is there now is what the process needs when it is warm. */
  begin(): Promise<void>;
  end(): Promise<Figures>;
  close(): Promise<void>;
}

export function watchMemory(): MemoryWatch {
  const thread = new Worker(new URL('./resident-worker.js', import.meta.url));
  let warmBytes = 0;
  const ask = (question: 'begin' | 'end'): Promise<readonly Sample[]> =>
    new Promise((resolve, reject) => {
      thread.once('error', reject);
      thread.once('message', (samples: readonly Sample[]) => {
        thread.off('error', reject);
        resolve(samples);
      });
      thread.postMessage(question);
    });
  return {
    async begin() {
      globalThis.gc?.();
      // Native memory is given back a little later.
      await delay(200);
      globalThis.gc?.();
      const [first] = await ask('begin');
      warmBytes = first?.bytes ?? 0;
    },
    async end() {
      const samples = await ask('end');
      const peak = samples.reduce((most, { bytes }) => Math.max(most, bytes), 0);
      const points = Array.from({ length: residentPoints }, (_, point) => {
        const sample = samples[Math.round((point / (residentPoints - 1)) * (samples.length - 1))];
        return [residentAt(point), ((sample?.bytes ?? 0) - warmBytes) / mib] as const;
      });
      return {
        ...Object.fromEntries(points),
        [memoryFigures.warm]: warmBytes / mib,
        [memoryFigures.peak]: (peak - warmBytes) / mib,
        [memoryFigures.growth]: growthOf(samples.slice(Math.floor(samples.length / 2))) / mib,
      };
    },
    async close() {
      await thread.terminate();
    },
  };
}

/** How far a line fitted by least squares rises from the first sample to the last. */
export function growthOf(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.ms === first.ms) return 0;
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [meanMs, meanBytes] = [mean(({ ms }) => ms), mean(({ bytes }) => bytes)];
  const covariance = mean(({ ms, bytes }) => (ms - meanMs) * (bytes - meanBytes));
  const variance = mean(({ ms }) => (ms - meanMs) ** 2);
  return (covariance / variance) * (last.ms - first.ms);
}
