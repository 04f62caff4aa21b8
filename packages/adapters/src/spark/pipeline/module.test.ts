import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { frameBegun, frameTaken, outputBegun, stagesOver } from './held-frames.js';
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

const signal = new AbortController().signal;
const info = { runId: 'run-1', output: 'daily', key: 'k', signal };

const open = (mode: SparkTarget['mode'], attempt: number) =>
  module.open({
    options: target(mode),
    runId: 'run-1',
    output: 'daily',
    write: 0,
    attempt,
    schema: { fields: [] } as never, // Not looked at.
    staging: { id: 'begun-1' },
    signal,
  });

describe('the sink of Spark', () => {
  it('refuses to append in a job that is resumed, before any server is asked', async () => {
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

  it('knows what it has published again where it is staged, and cannot tell else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-module-'));
    const path = join(folder, 'out');
    const options = { ...target('error'), path, staged: true };
    const place = join(folder, '.out.tailrace-1');
    const written = join(place, 'write-0-attempt-1');
    await mkdir(written, { recursive: true });
    await writeFile(join(written, '_SUCCESS'), '');
    const commit = {
      ...info,
      options,
      schema: { fields: [] },
      staging: { id: 'begun-1', place },
      prepared: [{ rows: 1, bytes: 0, files: [], part: { written, attempt: 1 } }],
    };
    expect(await module.published?.({ ...info, options })).toEqual([]);
    expect(await module.verify?.(commit)).toBeUndefined();
    await module.commit(commit);
    expect(await module.published?.({ ...info, options })).toEqual([
      { runId: 'run-1', key: 'k', rows: 1, bytes: 0, files: 0, whole: true },
    ]);
    expect(await module.verify?.(commit)).toMatchObject({ rows: 1 });
    expect(await module.verify?.({ ...commit, runId: 'run-2' })).toBeUndefined();
    // What a crash has left between the two renames of another run is put back first.
    const id = '00112233-4455-6677-8899-aabbccddeeff';
    const waiting = join(folder, `.out.tailrace-${id}`, 'write-0-attempt-1');
    await mkdir(waiting, { recursive: true });
    await writeFile(join(waiting, '_SUCCESS'), '');
    await rename(path, join(folder, `.out.tailrace-old-${id}`));
    expect(await module.published?.({ ...info, options })).toMatchObject([{ runId: 'run-1' }]);
    expect(await module.published?.({ ...info, options: target('error') })).toBeUndefined();
    await rm(folder, { recursive: true });
  });

  /** No file system has such a path. */
  const unremovable = { id: 'begun-1', place: '/out\0' };

  it('has an output that was put in its place done, and warns, where the directory beside it cannot be removed', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-module-'));
    const written = join(folder, 'written');
    await mkdir(written);
    await writeFile(join(written, '_SUCCESS'), '');
    const commit = {
      ...info,
      options: { ...target('error'), path: join(folder, 'out'), staged: true },
      schema: { fields: [] },
      staging: unremovable,
      prepared: [{ rows: 1, bytes: 0, files: [], part: { written, attempt: 1 } }],
    };
    expect(await module.commit(commit)).toMatchObject({ rows: 1 });
    expect(await module.verify?.(commit)).toMatchObject({ rows: 1 });
    const problem = expect.objectContaining({ message: expect.stringContaining('could not be removed') });
    expect(warned.mock.calls).toEqual([[problem], [problem]]);
    warned.mockRestore();
    await rm(folder, { recursive: true });
  });

  it('has Spark let go of what an output has taken that is given up, also where its directory cannot be removed', async () => {
    const release = vi.fn(async () => {});
    const kept = {
      letting: { release, engine: { warn: () => {}, track: () => {} } },
      plan: 'of the output given up',
      relation: {
        common: { planId: 1n },
        relType: { case: 'range', value: { start: 0n, end: 3n, step: 1n } },
      } as const,
      isWhole: true,
      stages: { isOver: false },
    };
    outputBegun(info);
    await frameBegun(kept);
    frameTaken(kept, info);
    await stagesOver(kept.stages);
    const options = { ...target('error'), staged: true };
    await expect(module.abort({ ...info, options, staging: unremovable })).rejects.toThrow();
    expect(release).toHaveBeenCalledOnce();
  });
});
