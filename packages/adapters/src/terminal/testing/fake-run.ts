// Owns the run that the tests of the display look at: its progress is what they set.
import type { OutputProgress, RunProgress } from '@tailrace/core';
import type { ProgressSource } from '../progress-source.js';

export const writes = (change: Partial<OutputProgress['writes']>): OutputProgress['writes'] => ({
  queued: 0,
  active: 0,
  paused: 0,
  retrying: 0,
  prepared: 0,
  failed: 0,
  ...change,
});

export const output = (name: string, change: Partial<OutputProgress> = {}): OutputProgress => ({
  name,
  state: 'active',
  rows: 0,
  rejected: 0,
  heldBytes: 0,
  busyMs: 0,
  bytesWritten: 0,
  files: 0,
  writes: writes({}),
  ...change,
});

interface FakeRun {
  readonly run: ProgressSource;
  /** Changes what its progress says. */
  readonly set: (next: Partial<RunProgress>) => void;
  readonly end: Resolvers;
}

export function fakeRun(change: Partial<RunProgress> = {}): FakeRun {
  let progress: RunProgress = {
    state: 'running',
    elapsedMs: 0,
    rows: 0,
    bytes: 0,
    bytesHeld: 0,
    workers: 1,
    bytesLimit: 256e6,
    bytesHighWater: 192e6,
    bytesLowWater: 128e6,
    outputs: [output('routes')],
    sources: [],
    stages: [],
    ...change,
  };
  const end = withResolvers();
  const run: ProgressSource = { progress: () => progress, completed: end.promise };
  const set = (next: Partial<RunProgress>): void => {
    progress = { ...progress, ...next };
  };
  return { run, set, end };
}

interface Resolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Node 20 has no Promise.withResolvers. */
export function withResolvers(): Resolvers {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  return { promise, resolve, reject };
}
