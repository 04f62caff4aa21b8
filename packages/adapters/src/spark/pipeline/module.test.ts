import { describe, expect, it } from 'vitest';
import module from './module.js';
import type { SparkTarget } from './spark-files.js';

const target = (mode: SparkTarget['mode']): SparkTarget => ({
  attachment: { url: 'sc://127.0.0.1:1', sessionId: 's', shared: {} },
  path: '/out',
  format: 'parquet',
  mode,
  partitionBy: [],
  options: {},
  staged: false,
  sealKey: '',
});

const open = (mode: SparkTarget['mode'], attempt: number) =>
  module.open({
    options: target(mode),
    runId: 'run-1',
    output: 'daily',
    write: 0,
    attempt,
    schema: { fields: [] } as never, // Not looked at.
    staging: undefined,
    signal: new AbortController().signal,
  });

describe('the sink of Spark', () => {
  it('appends once: a second attempt is refused for good, as rows might be there twice', async () => {
    await expect(open('append', 2)).rejects.toMatchObject({
      status: 'permanent',
      context: { path: '/out', outcome: 'unknown' },
    });
    await expect(open('append', 1)).resolves.toBeDefined();
    await expect(open('overwrite', 2)).resolves.toBeDefined();
  });

  it('refuses to append in a job that is resumed, before any server is asked', async () => {
    const signal = new AbortController().signal;
    const begin = module.begin({
      options: target('append'),
      runId: 'run-1',
      output: 'daily',
      key: 'k',
      signal,
    });
    await expect(begin).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('cannot be part of a job that is resumed'),
      context: { output: 'daily', path: '/out' },
    });
  });

  it('does not take an output without a frame for one that is done', async () => {
    const attempt = await open('error', 1);
    await expect(attempt.prepare()).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('its stage gave none'),
    });
  });
});
