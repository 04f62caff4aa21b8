import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KeptResult, keepResult, readResults } from './results.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-results-'));
});
afterEach(() => rm(folder, { recursive: true }));

const result = (name: KeptResult['name']): KeptResult => ({
  name,
  title: 'a case',
  about: 'about it',
  quick: false,
  machine: {
    cpu: 'cpu',
    cores: 2,
    memoryGib: 4,
    kernel: 'linux',
    node: '20',
    disk: 'ext4',
    date: '2001-02-03',
  },
  measures: [
    {
      contender: 'Tailrace',
      metric: 'speed',
      unit: 'M rows/s',
      median: 1.23456789,
      min: 1,
      max: 2,
      ratioToTailrace: 1,
    },
  ],
  bars: [],
  plots: [],
  notes: ['a note'],
});

describe('results', () => {
  it('are kept as a plain array of measures, with six digits', async () => {
    await keepResult(folder, result('rows'));
    const measures: unknown = JSON.parse(await readFile(join(folder, 'rows.json'), 'utf8'));
    expect(measures).toEqual([
      {
        contender: 'Tailrace',
        metric: 'speed',
        unit: 'M rows/s',
        median: 1.23457,
        min: 1,
        max: 2,
        ratioToTailrace: 1,
      },
    ]);
  });

  it('come back in the order of the page, whatever order they were made in', async () => {
    await keepResult(folder, result('text'));
    await keepResult(folder, result('rows'));
    const results = await readResults(folder);
    expect(results.map(({ name }) => name)).toEqual(['rows', 'text']);
    expect(results[0]).toMatchObject({ title: 'a case', notes: ['a note'], measures: [{ median: 1.23457 }] });
  });

  it('without their measures are refused by name', async () => {
    await keepResult(folder, result('rows'));
    await rm(join(folder, 'rows.json'));
    await expect(readResults(folder)).rejects.toThrow(/'rows' are missing/);
  });
});
