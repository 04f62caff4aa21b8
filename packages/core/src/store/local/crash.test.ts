import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeManifest } from '../manifest.js';
import { type Faults, mortalLeases, recordedFileSystem } from './fault-injection.js';
import {
  type Begun,
  begin,
  type Contents,
  checksumOf,
  commit,
  entriesOf,
  inMemory,
  inScratch,
  type OutputPlan,
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

interface Case {
  readonly what: string;
  readonly before?: OutputPlan;
  readonly plan: OutputPlan;
  readonly after: Contents;
  /** Whether a reader may find nothing between the crash and the next run. */
  readonly mayBeAbsent: boolean;
}

const old = { 'state=CA/part-9': 'old\n', 'part-9': 'old too\n' };
const fresh = { 'state=CA/part-0': 'sunny\n', 'state=NY/part-0': 'cold\n', 'part-1': 'odd\n' };
/** Of partitions only. */
const parts = { 'state=CA/part-0': 'sunny\n', 'state=NY/part-0': 'cold\n' };
const before = { path: 'out', runId: 'before', contents: old };
const oldFile: OutputPlan = { path: 'out', runId: 'before', kind: 'file', contents: { out: 'old\n' } };

const cases: readonly Case[] = [
  {
    what: 'a new directory',
    plan: { path: 'out', runId: 'run', contents: fresh },
    after: fresh,
    mayBeAbsent: true,
  },
  {
    what: 'an overwritten directory',
    before,
    plan: { path: 'out', runId: 'run', mode: 'overwrite', contents: fresh },
    after: fresh,
    mayBeAbsent: true,
  },
  {
    what: 'an appended directory',
    before,
    plan: { path: 'out', runId: 'run', mode: 'append', contents: fresh },
    after: { ...old, ...fresh },
    mayBeAbsent: true,
  },
  {
    what: 'partitions that are overwritten',
    before,
    plan: { path: 'out', runId: 'run', mode: 'overwritePartitions', contents: parts },
    after: { 'part-9': 'old too\n', ...parts },
    mayBeAbsent: true,
  },
  {
    what: 'files that others replace',
    before,
    plan: {
      path: 'out',
      runId: 'run',
      mode: 'append',
      contents: parts,
      replaces: entriesOf({ 'state=CA/part-9': 'old\n' }),
    },
    after: { 'part-9': 'old too\n', ...parts },
    mayBeAbsent: true,
  },
  {
    what: 'a generation in which others replace files',
    before: { ...before, publish: 'generations' },
    plan: {
      path: 'out',
      runId: 'run',
      mode: 'append',
      contents: parts,
      publish: 'generations',
      replaces: entriesOf({ 'state=CA/part-9': 'old\n' }),
    },
    after: { 'part-9': 'old too\n', ...parts },
    mayBeAbsent: false,
  },
  {
    what: 'a first generation',
    plan: { path: 'out', runId: 'run', contents: fresh, publish: 'generations' },
    after: fresh,
    mayBeAbsent: true,
  },
  {
    what: 'a generation that overwrites',
    before: { ...before, publish: 'generations' },
    plan: { path: 'out', runId: 'run', mode: 'overwrite', contents: fresh, publish: 'generations' },
    after: fresh,
    mayBeAbsent: false,
  },
  {
    what: 'a generation that appends',
    before: { ...before, publish: 'generations' },
    plan: { path: 'out', runId: 'run', mode: 'append', contents: fresh, publish: 'generations' },
    after: { ...old, ...fresh },
    mayBeAbsent: false,
  },
  {
    what: 'a generation that overwrites partitions',
    before: { ...before, publish: 'generations' },
    plan: {
      path: 'out',
      runId: 'run',
      mode: 'overwritePartitions',
      contents: parts,
      publish: 'generations',
    },
    after: { 'part-9': 'old too\n', ...parts },
    mayBeAbsent: false,
  },
  {
    what: 'an adopted directory',
    before,
    plan: {
      path: 'out',
      runId: 'run',
      mode: 'append',
      contents: fresh,
      publish: 'generations',
      adopt: true,
    },
    after: { ...old, ...fresh },
    mayBeAbsent: true,
  },
  {
    what: 'a new file',
    plan: { path: 'out', runId: 'run', kind: 'file', contents: { out: 'new\n' } },
    after: { out: 'new\n' },
    mayBeAbsent: true,
  },
  {
    what: 'an overwritten file',
    before: oldFile,
    plan: { path: 'out', runId: 'run', kind: 'file', mode: 'overwrite', contents: { out: 'new\n' } },
    after: { out: 'new\n' },
    mayBeAbsent: false,
  },
];

interface Outcome {
  readonly committed: boolean;
  readonly crashed: boolean;
  readonly target: string;
  readonly begun: Begun | undefined;
}

/** One output in a directory of its own, whose process dies at the given call. */
async function runWith(example: Case, folder: string, faults: Faults, goOn = false): Promise<Outcome> {
  const target = join(scratch, folder, 'out');
  if (example.before !== undefined) await publish(storeOver(), { ...example.before, path: target });
  const recorded = recordedFileSystem(faults);
  const leases = mortalLeases();
  const store = storeOver(recorded.fs, leases);
  const plan = { ...example.plan, path: target };
  let begun: Begun | undefined;
  let committed = false;
  try {
    begun = await begin(store, plan);
    await commit(store, { ...begun, manifest: await stageFiles(store, begun, plan.contents) });
    committed = true;
  } catch (error) {
    if (!recorded.crashed && !goOn) throw error;
    // A process that dies does not abort; one that meets an error does.
    if (goOn && begun !== undefined) await store.abort({ options, signal, ...begun });
  }
  if (goOn) expect([...leases.held]).toEqual([]);
  leases.releaseAll();
  return { committed, crashed: recorded.crashed, target, begun };
}

/** What the next run on the path finds once it has begun, and leaves after giving up. */
async function beginAgain(
  target: string,
  { kind = 'directory', publish = 'swap' }: OutputPlan,
): Promise<void> {
  const store = storeOver();
  const again = { kind, publish, adopt: publish === 'generations' };
  const begun = await begin(store, {
    path: target,
    ...again,
    mode: 'overwrite',
    runId: 'next',
    contents: {},
  });
  await store.abort({ options, signal, ...begun });
}

async function expectNothingElse(target: string, published: Contents | undefined): Promise<void> {
  const entries = await readdir(join(target, '..')).catch(() => []);
  const own = published === undefined ? [] : ['out'];
  const known = ['.out.manifest.json', '.out.gen'];
  expect(entries.filter((entry) => !known.includes(entry)).sort()).toEqual(own);
}

async function runIdAt(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : decodeManifest(text)?.runId;
}

describe.each(cases)('a crash at any call while publishing $what', (example) => {
  const kind = example.plan.kind ?? 'directory';
  const previous = example.before?.contents;

  it('leaves the old version or the new one, each whole, once the next run has begun', async () => {
    const seen = new Set<string>();
    let crashAt = 0;
    for (; ; crashAt += 1) {
      const outcome = await runWith(example, `crash-${crashAt}`, { crashAt });
      const found = await readPublished(outcome.target);
      const at = `after a crash at call ${crashAt}`;
      if (outcome.committed) expect(found, at).toEqual(example.after);
      else if (found !== undefined) expect([previous, example.after], at).toContainEqual(found);
      else expect(example.mayBeAbsent || previous === undefined, at).toBe(true);

      await beginAgain(outcome.target, example.plan);
      const repaired = await readPublished(outcome.target);
      // Between the two acts of a commit: the path is absent, or its link is late.
      const isBetween = found === undefined || example.plan.publish === 'generations';
      if (isBetween) expect([previous, example.after], `repaired ${at}`).toContainEqual(repaired);
      else expect(repaired, `repaired ${at}`).toEqual(found);
      await expectNothingElse(outcome.target, repaired);

      const isNew = Object.keys(example.after).every((path) => repaired?.[path] === example.after[path]);
      seen.add(isNew ? 'new' : 'old');
      if (outcome.begun !== undefined) {
        const verified = await storeOver().verify({ options, signal, ...outcome.begun });
        expect(verified, `verify ${at}`).toBe(isNew);
      }
      if (kind === 'file' && repaired !== undefined) {
        const path = join(outcome.target, '..', '.out.manifest.json');
        expect(await runIdAt(path), `manifest ${at}`).toBe(isNew ? 'run' : 'before');
      }
      if (!outcome.crashed) break;
    }
    expect(crashAt).toBeGreaterThan(30);
    expect([...seen].sort()).toEqual(['new', 'old']);
  }, 60_000);

  it('after an error at any call instead, shows the old version unless the commit resolved, and leaves nothing', async () => {
    let failAt = 0;
    for (let hit = true; hit; failAt += 1) {
      let count = -1;
      hit = false;
      const fault = (): { errno: string } | undefined => {
        count += 1;
        if (count === failAt) hit = true;
        return count === failAt ? { errno: 'EIO' } : undefined;
      };
      const outcome = await runWith(example, `error-${failAt}`, { fault }, true);
      const found = await readPublished(outcome.target);
      const at = `after EIO at call ${failAt}`;
      expect(found, at).toEqual(outcome.committed ? example.after : previous);
      if (!outcome.committed) await expectNothingElse(outcome.target, found);
      if (kind === 'file' && found !== undefined) {
        const manifest = await runIdAt(join(outcome.target, '..', '.out.manifest.json'));
        expect(manifest, at).toBe(outcome.committed ? 'run' : 'before');
      }
      await beginAgain(outcome.target, example.plan);
      expect(await readPublished(outcome.target), `repaired ${at}`).toEqual(found);
      await expectNothingElse(outcome.target, found);
    }
    expect(failAt).toBeGreaterThan(30);
  }, 60_000);
});

it('a manifest of a file that was published tells the checksum of what a reader finds', async () => {
  const target = join(scratch, 'out');
  await publish(storeOver(), { path: target, runId: 'run', kind: 'file', contents: { out: 'new\n' } });
  const manifest = decodeManifest(await readFile(join(scratch, '.out.manifest.json'), 'utf8'));
  expect(manifest?.files[0]?.checksum).toBe(checksumOf('new\n'));
});
