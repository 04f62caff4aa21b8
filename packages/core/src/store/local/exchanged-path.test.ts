// A path that another run exchanges by two renames, between which it is absent: whatever a run is doing at that moment, it is done
// or refused with a conflict, and never fails as if the disk had.
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blindLeases, recordedFileSystem } from './fault-injection.js';
import {
  type Begun,
  begin,
  commit,
  inMemory,
  inScratch,
  options,
  publish,
  readPublished,
  signal,
  stageFiles,
  storeOver,
} from './store-bench.js';

let scratch = '';
inScratch((made) => {
  scratch = made;
}, inMemory);

const old = { 'p=1/old': 'old 1\n', 'p=2/old': 'old 2\n' };
const next = { 'p=1/next': 'next 1\n' };
const ours = { 'p=2/ours': 'ours\n' };

/** What the other run puts in place: its own version, or the one before, when it cannot publish after all. */
const others = ['next', 'old'] as const;

interface Exchange {
  /** 0-based number of the call behind which the path goes, and calls until there is something at it again. */
  readonly at: number;
  readonly gap: number;
  readonly other: (typeof others)[number];
}

const nothing = (): void => {};

/** False when there was nothing: ours has the version aside itself, and the other run gives up. */
const isRenamed = (from: string, to: string): Promise<boolean> =>
  rename(from, to).then(
    () => true,
    () => false,
  );

/** The other run gives back what is not the version that it began with, and finds its way barred where ours has published meanwhile. */
async function putInPlace(path: string, gone: string, wanted: string): Promise<void> {
  const { runId }: { runId: string } = JSON.parse(await readFile(join(gone, '_manifest.json'), 'utf8'));
  await isRenamed(runId === 'before' ? wanted : gone, path);
}

/** One run whose path is exchanged. Resolves with its outcome, or undefined when it made fewer calls than that. */
async function outcomeOf(
  mode: 'overwrite' | 'append' | 'overwritePartitions',
  { at, gap, other }: Exchange,
): Promise<'committed' | 'CONFLICT' | undefined> {
  const folder = join(scratch, `${at}-${gap}-${other}`);
  const path = join(folder, 'out');
  const ready = join(folder, 'aside', 'ready');
  const gone = join(folder, 'aside', 'gone');
  await publish(storeOver(), { path, runId: 'before', contents: old });
  await publish(storeOver(), { path: ready, runId: 'other', contents: next });
  let calls = 0;
  let moved: Promise<boolean> = Promise.resolve(false);
  const { fs } = recordedFileSystem({
    around: async (_call, make) => {
      const turn = calls;
      calls += 1;
      // Calls may be under way at once.
      if (turn === at + gap && (await moved)) await putInPlace(path, gone, other === 'next' ? ready : gone);
      const made = make();
      if (turn === at) {
        moved = made.then(nothing, nothing).then(() => isRenamed(path, gone));
        await moved;
      }
      return made;
    },
  });
  const store = storeOver(fs, blindLeases, { fate: 'alive' });
  let begun: Begun | undefined;
  let outcome: 'committed' | 'CONFLICT' = 'committed';
  try {
    begun = await begin(store, { path, runId: 'ours', mode, contents: ours });
    await commit(store, { ...begun, manifest: await stageFiles(store, begun, ours) });
  } catch (error) {
    const isConflict = error instanceof Error && 'code' in error && error.code === 'CONFLICT';
    if (!isConflict)
      throw new Error(`failed with something else: ${JSON.stringify({ at, gap, other })}`, { cause: error });
    if (begun !== undefined) await store.abort({ options, signal, ...begun });
    outcome = 'CONFLICT';
  }
  if (calls <= at + gap) return undefined;
  const found = Object.keys((await readPublished(path)) ?? {});
  expect(found.includes('p=2/ours'), JSON.stringify({ at, gap, other, outcome, found })).toBe(
    outcome === 'committed',
  );
  expect((await readdir(folder)).toSorted()).toEqual(['aside', 'out']);
  return outcome;
}

describe.each(['overwrite', 'append', 'overwritePartitions'] as const)('a run in mode %s', (mode) => {
  it('is committed or refused with a conflict, whenever another run exchanges its path', async () => {
    const seen = new Set<string>();
    for (const gap of [1, 3]) {
      for (const other of others) {
        for (let at = 0; ; at += 1) {
          const outcome = await outcomeOf(mode, { at, gap, other });
          if (outcome === undefined) break;
          seen.add(outcome);
        }
      }
    }
    expect([...seen].toSorted()).toEqual(['CONFLICT', 'committed']);
  }, 120_000);
});
