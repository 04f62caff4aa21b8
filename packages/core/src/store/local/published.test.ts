import { readdir, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Publication, PublishWay } from '../../sink/sink.js';
import { type Call, mortalLeases, recordedFileSystem } from './fault-injection.js';
import {
  commit,
  inScratch,
  type OutputPlan,
  options,
  publish,
  readPublished,
  type Store,
  signal,
  stage,
  storeOver,
  targetOf,
} from './store-bench.js';

let scratch = '';
let out = '';
inScratch((made) => {
  scratch = made;
  out = join(made, 'out');
});

const plan = (runId: string, init: Partial<OutputPlan> = {}): OutputPlan => ({
  path: out,
  runId,
  contents: { [`part-${runId}`]: `of ${runId}\n` },
  mode: 'append',
  ...init,
});
const commitOf = (runId: string) => ({ runId, key: `key of ${runId}`, rows: 1, bytes: 2, files: 1 });

/** An output that is part of a job: its manifest bears the job's key. */
async function publishAs(
  runId: string,
  init: Partial<OutputPlan> = {},
  store: Store = storeOver(),
): Promise<void> {
  const staged = await stage(store, plan(runId, init));
  const manifest = { ...staged.manifest, commits: [commitOf(runId)] };
  await commit(store, { ...staged, manifest });
}
async function publishedAt(
  init: Partial<OutputPlan> = {},
  store: Store = storeOver(),
): Promise<readonly Publication[]> {
  if (store.published === undefined) throw new Error('the local store tells what is published');
  return store.published({ options, signal, target: targetOf(plan('asking', init)) });
}
const told = (runId: string, whole = true): Publication => ({ ...commitOf(runId), whole });
/** Calls from one crash to the next; with TAILRACE_EVERY_CALL none is left out. */
const stride = process.env.TAILRACE_EVERY_CALL === undefined ? 4 : 1;
const ways: readonly PublishWay[] = ['swap', 'generations'];

describe('what is published at a local target', () => {
  it.each(ways)(
    'by %s is nothing where nothing is, not even a folder, and asking leaves nothing behind',
    async (way) => {
      expect(await publishedAt({ publish: way })).toEqual([]);
      expect(await publishedAt({ publish: way, path: join(scratch, 'no/such/out') })).toEqual([]);
      expect(await readdir(scratch)).toEqual([]);
    },
  );

  it.each(ways)('by %s is told run by run, also when others have appended since', async (way) => {
    await publishAs('first', { publish: way });
    await publishAs('second', { publish: way });
    await publish(storeOver(), plan('third', { publish: way }));
    expect(await publishedAt({ publish: way })).toEqual([told('first'), told('second')]);
  });

  it('by swap is only what the newest version holds, by generations also what an older one held that is still there', async () => {
    for (const way of ways) {
      const path = join(scratch, way);
      await publishAs('first', { publish: way, mode: 'overwrite', path });
      await publishAs('second', { publish: way, mode: 'overwrite', path });
    }
    expect(await publishedAt({ path: join(scratch, 'swap') })).toEqual([told('second')]);
    const both = await publishedAt({ path: join(scratch, 'generations'), publish: 'generations' });
    expect(both.map(({ runId }) => runId).sort()).toEqual(['first', 'second']);
  });

  it('by generations is on the disk before it is told of, with the link that leads to it', async () => {
    await publishAs('first', { publish: 'generations' });
    await unlink(out);
    const { fs, calls } = recordedFileSystem();
    expect(await publishedAt({ publish: 'generations' }, storeOver(fs))).toEqual([told('first')]);
    const linked = calls.findIndex(({ name, to }) => name === 'rename' && to === out);
    expect(linked).toBeGreaterThanOrEqual(0);
    const synced = calls.slice(linked).filter(({ name }) => name === 'sync');
    expect(synced.map(({ path }) => path)).toContain(scratch);
  });

  it('is nothing when it was not published by a job that can be resumed, or is of another kind', async () => {
    await publish(storeOver(), plan('plain'));
    expect(await publishedAt()).toEqual([]);
    expect(await publishedAt({ kind: 'file' })).toEqual([]);
    await rm(out, { recursive: true });
    await writeFile(out, 'a file of somebody');
    expect(await publishedAt({ kind: 'file' })).toEqual([]);
    expect(await publishedAt()).toEqual([]);
  });

  it('of a single file is told by the manifest beside it', async () => {
    const file: Partial<OutputPlan> = { kind: 'file', mode: 'overwrite', contents: { out: 'text\n' } };
    await publishAs('first', file);
    expect(await publishedAt(file)).toEqual([told('first')]);
    await truncate(out, 1);
    expect(await publishedAt(file)).toEqual([told('first', false)]);
  });

  it.each(ways)('by %s is not whole when a file is missing or of another size', async (way) => {
    await publishAs('first', { publish: way });
    const path = join(out, 'part-first');
    await truncate(path, 1);
    expect(await publishedAt({ publish: way })).toEqual([told('first', false)]);
    await unlink(path);
    expect(await publishedAt({ publish: way })).toEqual([told('first', false)]);
  });

  it('is not told while another run holds the target', async () => {
    const leases = mortalLeases();
    const lease = await leases.take(out);
    await expect(publishedAt({}, storeOver(undefined, leases))).rejects.toMatchObject({ code: 'CONFLICT' });
    await lease?.release();
    expect(await publishedAt({}, storeOver(undefined, leases))).toEqual([]);
    // It was let go again.
    expect(await leases.take(out)).toBeDefined();
  });

  it.each(ways)(
    'by %s is the new version whole or the old one, whichever call of the commit was the last, and stays so',
    async (way) => {
      let told = 0;
      let crashes = 0;
      for (let crashAt = 0; ; crashAt += stride) {
        const path = join(scratch, `${way}-${crashAt}`);
        const init: Partial<OutputPlan> = { publish: way, mode: 'overwrite', path };
        await publishAs('before', init);
        const leases = mortalLeases();
        const recorded = recordedFileSystem({ crashAt });
        const dying = publishAs('dying', init, storeOver(recorded.fs, leases));
        const isOver = await dying.then(
          () => !recorded.crashed,
          () => false,
        );
        if (isOver) break;
        crashes += 1;
        leases.releaseAll();
        const answer = await publishedAt(init);
        const isTold = answer.some(({ runId, whole }) => runId === 'dying' && whole);
        const shown = await readPublished(path);
        expect(shown, `crash before call ${crashAt}`).toEqual(
          isTold ? { 'part-dying': 'of dying\n' } : { 'part-before': 'of before\n' },
        );
        expect(await publishedAt(init)).toEqual(answer);
        if (isTold) told += 1;
      }
      expect(crashes).toBeGreaterThan(5);
      expect(told).toBeGreaterThan(0);
    },
  );

  it('is on stable storage when it is told: its folder is synced after the look', async () => {
    await publishAs('first');
    const recorded = recordedFileSystem();
    await publishedAt({}, storeOver(recorded.fs));
    const isSync = ({ name, path }: Call): boolean => name === 'sync' && path === scratch;
    expect(recorded.calls.some(isSync)).toBe(true);
  });
});
