import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ListedFile, listDirectory, listGlob } from './listing.js';

const never = new AbortController().signal;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-listing-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), '');
  }
}
const partitions = (files: readonly ListedFile[]): unknown => files.map(({ partition }) => partition);

describe('the files of a dataset without a manifest', () => {
  it('leave out what readers of the layout pass over, and no partition whose column begins with an underscore', async () => {
    put('_SUCCESS', '_temporary/0/x.csv', '.x.crc', '_year=2001/x.csv', '_year=2002/x.csv', '_year=2002/_x');
    const wanted = [{ _year: '2001' }, { _year: '2002' }];
    expect(partitions(await listDirectory(folder, never))).toEqual(wanted);
    expect(partitions(await listGlob(`${folder}/**/*`, never))).toEqual(wanted);
    expect(partitions(await listGlob(`${folder}/_year=*/*.csv`, never))).toEqual(wanted);
  });

  it('may lie in a directory that the pattern names, whatever its name begins with', async () => {
    put('.cache/_staged/day=1/x.csv', '.cache/_staged/_temporary/x.csv', '.cache/_staged/y.csv');
    const found = await listGlob(`${folder}/.cache/_staged/*/*.csv`, never);
    expect(partitions(found)).toEqual([{ day: '1' }]);
    expect(await listGlob(`${folder}/.cache/_staged/[y].csv`, never)).toHaveLength(1);
  });

  it('are never others than a pattern names: no range is taken for a class of characters, no parenthesis for a group', async () => {
    put('p-2.csv', 'p-12.csv', 'a (1)/x.csv', 'a 1/x.csv');
    await expect(listGlob(`${folder}/p-{1..12}.csv`, never)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    const found = await listGlob(`${folder}/a (1)/*.csv`, never);
    expect(found.map(({ path }) => resolve(path))).toEqual([`${folder}/a (1)/x.csv`]);
  });
});
