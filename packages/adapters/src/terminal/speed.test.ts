import type { RunProgress, SourceProgress } from '@tailrace/core';
import { describe, expect, it } from 'vitest';
import { createSpeedometer } from './speed.js';

const at = (
  elapsedMs: number,
  sources: readonly SourceProgress[],
  change: Partial<RunProgress> = {},
): RunProgress => ({
  state: 'running',
  elapsedMs,
  rows: 0,
  bytes: 0,
  bytesHeld: 0,
  workers: 1,
  bytesLimit: 1,
  bytesHighWater: 1,
  bytesLowWater: 1,
  stages: [],
  outputs: [],
  sources,
  ...change,
});
const read = (rows: number, totalRows?: number): SourceProgress => ({
  name: `of ${totalRows}`,
  rows,
  totalRows,
});

describe('the speed of a run', () => {
  it('is of rows and of bytes', () => {
    const speedOf = createSpeedometer();
    speedOf(at(1_000, [], { rows: 100, bytes: 8_000 }));
    expect(speedOf(at(2_000, [], { rows: 300, bytes: 9_000 }))).toEqual({
      rowsPerSecond: 200,
      bytesPerSecond: 1_000,
      leftMs: undefined,
    });
  });
});

describe('what is left', () => {
  it('follows from the size of the source and the speed of the last seconds', () => {
    const speedOf = createSpeedometer();
    speedOf(at(1_000, [read(100, 1_000)]));
    expect(speedOf(at(2_000, [read(400, 1_000)])).leftMs).toBe(2_000);
  });

  it('is that of the source that takes longest', () => {
    const speedOf = createSpeedometer();
    speedOf(at(1_000, [read(10, 100), read(10, 1_000)]));
    expect(speedOf(at(2_000, [read(20, 100), read(20, 1_000)])).leftMs).toBe(98_000);
    expect(speedOf(at(3_000, [read(100, 100), read(30, 1_000)])).leftMs).toBe(97_000);
  });

  it('is unknown where a source does not know its size, stands still, or has only begun', () => {
    const speedOf = createSpeedometer();
    expect(speedOf(at(900, [read(10, 1_000)])).leftMs).toBeUndefined();
    expect(speedOf(at(1_000, [read(10, 1_000), read(5)])).leftMs).toBeUndefined();
    const standing = createSpeedometer();
    standing(at(2_000, [read(10, 1_000)]));
    expect(standing(at(3_000, [read(10, 1_000)])).leftMs).toBeUndefined();
    expect(createSpeedometer()(at(2_000, [])).leftMs).toBeUndefined();
  });

  it('of a source that begins late goes by its own time, once it has had some', () => {
    const speedOf = createSpeedometer();
    for (const ms of [1_000, 5_000, 9_000]) speedOf(at(ms, [read(0, 1_000)]));
    expect(speedOf(at(9_500, [read(100, 1_000)])).leftMs).toBeUndefined();
    expect(speedOf(at(10_000, [read(200, 1_000)])).leftMs).toBe(4_000);
  });

  it('is not told when everything is read', () => {
    expect(createSpeedometer()(at(2_000, [read(5, 10)], { state: 'flushing' })).leftMs).toBeUndefined();
  });
});
