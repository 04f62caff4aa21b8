// Owns the thread that samples the resident set of its process.
import { parentPort } from 'node:worker_threads';
import type { Sample } from './resident.js';

const everyMs = 50;
let samples: Sample[] = [];
let timer: NodeJS.Timeout | undefined;

const take = (): void => {
  samples.push({ ms: performance.now(), bytes: process.memoryUsage.rss() });
};

parentPort?.on('message', (question: 'begin' | 'end') => {
  clearInterval(timer);
  if (question === 'begin') {
    samples = [];
    timer = setInterval(take, everyMs);
  }
  take();
  parentPort?.postMessage(samples);
});
