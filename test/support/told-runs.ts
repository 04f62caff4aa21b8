// Owns the run that tests of telemetry watch: two outputs of the same rows, one at peace and one in trouble.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  customSink,
  exponential,
  fromIterable,
  type Pipeline,
  pipeline,
  type Report,
  type Run,
  type RunOptions,
  type Sink,
} from '@tailrace/core';
import { ndjson } from '@tailrace/writers';
import { afterEach, beforeEach, vi } from 'vitest';
import type { Fault } from './modules/faulty-sink.js';

export interface Row {
  readonly n: number;
}

const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const quick = exponential({ attempts: 3, baseMs: 1, capMs: 2 });
/** A retry storm is what some tests are about. */
const generous = { retriesPerWrite: Infinity };
let dir = '';

/** For the top of a test file: a directory for each test. */
export function inToldDirectory(given: (dir: string) => void = () => {}): void {
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tailrace-telemetry-'));
    given(dir);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await rm(dir, { recursive: true, force: true });
  });
}

export const faultySink = (name: string, fault: Fault): Sink<Row> =>
  customSink<Row>(module, { path: join(dir, name), fault }, { name, target: join(dir, name) });

/** 3,000 rows into two outputs: one at peace, one in trouble. */
export const declared = (trouble: Fault, writeRows = 1_000): Pipeline =>
  pipeline('told', (flow) => {
    const numbers = Array.from({ length: 3_000 }, (_, n) => ({ n }));
    const rows = flow.source('numbers', fromIterable(numbers), { batchRows: Math.min(1_000, writeRows) });
    flow.write('good', rows, ndjson(join(dir, 'good')), { writeRows });
    flow.write('troubled', rows, faultySink('troubled', trouble), {
      retry: quick,
      writeRows,
      retryBudget: generous,
    });
  });

interface Watcher {
  readonly inspect: NonNullable<RunOptions['inspect']>;
  watch(run: Run): void;
}

/** Runs it before the eyes of `telemetry`, however it ends. */
export async function watched(telemetry: Watcher, flow: Pipeline, options: RunOptions = {}): Promise<Report> {
  const run = flow.run({ workers: 1, retryBudget: generous, ...options, inspect: telemetry.inspect });
  telemetry.watch(run);
  run.completed.catch(() => {});
  return run.settled;
}
