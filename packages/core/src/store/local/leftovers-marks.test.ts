// What dead runs left without a mark, or with one that another run makes in this moment.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedFileSystem } from './fault-injection.js';
import { encodeOwner } from './owner.js';
import { inScratch, options, signal, storeOver, targetOf } from './store-bench.js';

let scratch = '';
let out = '';
inScratch((made) => {
  scratch = made;
  out = join(made, 'out');
});

const target = () => targetOf({ path: out, runId: 'run', contents: {} });

describe('a stage without a mark', () => {
  it('is removed, and the version that its run had moved aside is told of at once', async () => {
    await mkdir(join(scratch, '.out.stage-dead'), { mode: 0o700 });
    const aside = join(scratch, '.out.old-dead');
    await mkdir(aside);
    await writeFile(join(aside, 'part'), 'perhaps the only one');
    const begun = await storeOver().begin({ options, signal, target: target() });
    expect(begun).toMatchObject({ notes: [expect.stringContaining(`${aside} is a version of ${out}`)] });
    expect((await readdir(scratch)).toSorted()).toEqual(['.out.old-dead', '.out.stage-run']);
  });

  it('that gets its mark at the first look for it is left alone, also by who takes over what is dead', async () => {
    const starting = join(scratch, '.out.stage-other');
    const mark = join(starting, '.tailrace');
    await mkdir(starting, { mode: 0o700 });
    const owner = { pid: 1, start: '1', host: 'other', boot: 'b', pidSpace: 'p', leaseSpace: 'l' };
    let looks = 0;
    const { fs } = recordedFileSystem({
      around: async ({ name, path }, make) => {
        if (path !== mark || (name !== 'lstat' && name !== 'readFile')) return make();
        looks += 1;
        const isFirst = looks === 1;
        try {
          return await make();
        } finally {
          if (isFirst) await writeFile(mark, encodeOwner(owner, 'daily', 'other'));
        }
      },
    });
    const store = storeOver(fs, undefined, { fate: 'unknown' });
    await store.begin({ options, signal, target: { ...target(), takeOver: true } });
    expect(looks).toBeGreaterThan(0);
    expect(await readdir(starting)).toEqual(['.tailrace']);
  });
});
