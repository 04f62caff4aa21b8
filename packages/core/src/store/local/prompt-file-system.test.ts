import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mortalLeases, recordedFileSystem } from './fault-injection.js';
import { type FileSystem, nodeFileSystem } from './file-system.js';
import { localStore } from './local-store.js';
import { promptFileSystem } from './prompt-file-system.js';
import { inScratch, options, signal, targetOf } from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
});

const types = { ext4: 0xef53, nfs: 0x6969 };

/** The names of the calls that beginning an output has made, waiting and prompt. */
async function callsOfBegin(type: number, name = 'out') {
  const [waiting, prompt] = [recordedFileSystem(), recordedFileSystem()];
  const on = (fs: FileSystem): FileSystem => ({
    ...fs,
    statfs: async (path) => {
      await nodeFileSystem.lstat(path);
      return { type };
    },
  });
  const store = localStore({
    fs: on(waiting.fs),
    promptFs: on(prompt.fs),
    leases: mortalLeases(),
    isTrusted: true,
  });
  const target = targetOf({ path: join(scratch, name), runId: 'run-1', contents: {} });
  const begun = await store.begin({ options, target, signal });
  const names = ({ calls }: typeof waiting) => calls.map(({ name }) => name);
  const seen = { waiting: names(waiting), prompt: names(prompt) };
  if (begun !== 'skip') await store.abort({ options, target, signal, staging: begun.staging });
  return seen;
}

describe('the beginning of an output', () => {
  it('waits for the event loop only until it knows that the disk is of this machine', async () => {
    const { waiting, prompt } = await callsOfBegin(types.ext4);
    const looks: readonly string[] = ['realpath', 'lstat', 'readdir'];
    expect(prompt).toContain('mkdir');
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting.filter((name) => !looks.includes(name))).toEqual([]);
  });

  it('knows that also where it has to make the directory above its target first', async () => {
    expect((await callsOfBegin(types.ext4, 'new/out')).prompt).toContain('rename');
  });

  it('never keeps the thread for a disk behind a network', async () => {
    const { waiting, prompt } = await callsOfBegin(types.nfs);
    expect(prompt).toEqual([]);
    expect(waiting).toContain('mkdir');
  });
});

describe('the prompt file system', () => {
  it('answers and fails as the waiting one does', async () => {
    const outcomes = async (fs: FileSystem, folder: string) => {
      const path = join(scratch, folder);
      const seen: unknown[] = [];
      const tell = async (call: () => Promise<unknown>): Promise<void> => {
        seen.push(await call().catch((error: NodeJS.ErrnoException) => error.code));
      };
      await tell(() => fs.mkdir(path, 0o700));
      await tell(() => fs.mkdir(path));
      await tell(() => fs.mkdir(join(path, 'a')));
      await tell(() => fs.readdir(path));
      await tell(() => fs.rename(join(path, 'a'), join(path, 'b')));
      await tell(() => fs.rename(join(path, 'a'), join(path, 'b')));
      await tell(async () => {
        const { identity: _own, modifiedMs: _now, ...facts } = await fs.lstat(join(path, 'b'));
        return facts;
      });
      await tell(() => fs.lstat(join(path, 'a')));
      await tell(async () => (await fs.realpath(join(path, 'b', '..', 'b'))).slice(path.length));
      await tell(() => fs.realpath(join(path, 'a')));
      await nodeFileSystem.symlink('b', join(path, 'link'));
      await tell(() => fs.readlink(join(path, 'link')));
      await tell(() => fs.readlink(join(path, 'b')));
      await tell(() => fs.rmdir(join(path, 'b')));
      await tell(() => fs.rmdir(path));
      await tell(() => fs.readdir(join(path, 'b')));
      return seen;
    };
    expect(await outcomes(promptFileSystem, 'one')).toEqual(await outcomes(nodeFileSystem, 'two'));
  });
});
