import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { customSink, exponential, fromIterable, pipeline } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SeenThread } from '../support/modules/thread-sink.js';

const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/thread-sink'));
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-threads-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Runs a small pipeline and returns the thread that wrote it. */
async function threadOfRun(name: string, { failsOnce = false } = {}): Promise<SeenThread> {
  const path = join(dir, name);
  const sink = customSink<{ n: number }>(module, { path, failsOnce }, { name, target: path });
  const run = pipeline(name, (flow) => {
    const numbers = flow.source('numbers', fromIterable([{ n: 1 }, { n: 2 }]));
    flow.write(name, numbers, sink, { retry: exponential({ attempts: 2, baseMs: 1 }) });
  }).run({ workers: 1 });
  await run.completed;
  return JSON.parse(await readFile(path, 'utf8'));
}

describe('a thread that has served a run well', () => {
  it('serves the next one, whose code is compiled by then', async () => {
    const first = await threadOfRun('a');
    expect(await threadOfRun('b')).toEqual(first);
  });

  it('serves one run at a time', async () => {
    const [a, b] = await Promise.all([threadOfRun('a'), threadOfRun('b')]);
    expect(a.id).not.toBe(b.id);
  });

  it('is not used again when an attempt has failed in it', async () => {
    const first = await threadOfRun('a', { failsOnce: true });
    expect((await threadOfRun('b')).id).not.toBe(first.id);
  });
});

it.runIf(process.platform === 'linux')(
  'lets the main thread have a core first when there are too few',
  async () => {
    const { niceness } = await threadOfRun('a');
    const [main, thread] = niceness ?? [];
    expect(Number(thread)).toBeGreaterThan(Number(main));
  },
);
