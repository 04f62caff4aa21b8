// What an output does that cannot begin because of its hidden directory: it says so, and takes nothing from anybody.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Call, type Fault, mortalLeases, recordedFileSystem } from './fault-injection.js';
import {
  begin,
  commit,
  inScratch,
  type OutputPlan,
  options,
  publish,
  readPublished,
  stage,
  storeOver,
} from './store-bench.js';

let scratch = '';
let out = '';
inScratch((made) => {
  scratch = made;
  out = join(made, 'out');
});

const plan = (runId = 'run'): OutputPlan => ({ path: out, runId, contents: { part: 'new\n' } });
const failingOnce = (isIt: (call: Call) => boolean, errno: string) => {
  let asked = 0;
  const fault = (call: Call): Fault => {
    if (!isIt(call)) return undefined;
    asked += 1;
    return asked === 1 ? { errno } : undefined;
  };
  return { ...recordedFileSystem({ fault }), asked: () => asked };
};

describe('an output', () => {
  it('whose hidden directory may not be made does not ask for it again', async () => {
    const isStage = ({ name, path }: Call): boolean => name === 'mkdir' && path.endsWith('.out.stage-run');
    const { fs, asked } = failingOnce(isStage, 'EACCES');
    await expect(begin(storeOver(fs), plan())).rejects.toMatchObject({
      code: 'STORE_FAILED',
      context: { errno: 'EACCES' },
    });
    expect(asked()).toBe(1);
    expect(await readdir(scratch)).toEqual([]);
  });

  it('that finds what another one makes in its hidden directory is in conflict with it, and leaves all of it', async () => {
    const work = join(scratch, '.out.stage-run/.work');
    const { fs } = recordedFileSystem({
      around: async ({ name, path }, make) => {
        if (name === 'mkdir' && path === work) {
          await mkdir(work);
          await writeFile(join(work, 'part'), 'theirs');
        }
        return make();
      },
    });
    await expect(begin(storeOver(fs), plan())).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('same run'),
    });
    expect(await readFile(join(work, 'part'), 'utf8')).toBe('theirs');
    expect(await readdir(join(scratch, '.out.stage-run'))).toContain('.tailrace');
  });

  it('of one file leaves the mark of a process of the same run that may live', async () => {
    const single: OutputPlan = { ...plan(), kind: 'file', contents: { out: 'new\n' } };
    const first = storeOver();
    const staged = await stage(first, single);
    const mark = join(scratch, '.out.stage-run/.tailrace');
    const text = await readFile(mark, 'utf8');
    const { fs, calls } = recordedFileSystem();
    const second = storeOver(fs, mortalLeases(), { fate: 'unknown' });
    await expect(begin(second, single)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(calls.filter(({ name }) => name === 'write' || name === 'rename')).toEqual([]);
    expect(await readFile(mark, 'utf8')).toBe(text);
    await commit(first, staged);
    expect(await readPublished(out)).toEqual(single.contents);
  });

  it('whose process dies while it tests the file system leaves nothing to the run after it', async () => {
    let isDead = false;
    const fault = ({ path }: Call): Fault => {
      isDead ||= path.endsWith('.self-test/one');
      return isDead ? { errno: 'EIO' } : undefined;
    };
    const dying = storeOver(recordedFileSystem({ fault }).fs, mortalLeases(), { isTrusted: false });
    await expect(begin(dying, plan('dead'))).rejects.toThrow('EIO');
    expect(await readdir(join(scratch, '.out.stage-dead'))).toContain('.self-test');
    await publish(storeOver(), plan());
    expect(await readdir(scratch)).toEqual(['out']);
  });
});

describe('an output that would extend what is there', () => {
  const content = { format: 'text', partitionBy: [] };

  it('is refused by its columns as soon as they are known, before anything is written', async () => {
    await publish(storeOver(), plan('before'));
    const store = storeOver();
    const begun = await begin(store, { ...plan(), mode: 'append' });
    const admitted = (schema: string) =>
      store.admit?.({
        options,
        signal: new AbortController().signal,
        ...begun,
        content: { ...content, schema },
      });
    await expect(admitted('line: utf8')).resolves.toBeUndefined();
    await expect(admitted('line: int64')).rejects.toMatchObject({ context: { output: 'daily' } });
    expect(await readdir(join(scratch, '.out.stage-run/.work'))).toEqual([]);
  });
});
