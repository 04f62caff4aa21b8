// Owns what every store must do, as a suite that any test runner can run.
import assert from 'node:assert/strict';
import type { ModuleRef } from '../sink/module-ref.js';
import type { PublishWay } from '../sink/sink.js';
import type { StoreAbility } from '../sink/store.js';
import { withPlace } from './assertions.js';
import type { TestRunner } from './runner.js';
import * as aborts from './store-abort-cases.js';
import { type StoreBench, type StorePlace, storeBench } from './store-bench.js';
import * as cancels from './store-cancel-cases.js';
import * as basics from './store-cases.js';
import { directoryPlans, fileName, filePlan, survivesCrashes } from './store-crash-cases.js';
import * as modes from './store-mode-cases.js';
import * as races from './store-race-cases.js';
import * as retries from './store-retry-cases.js';
import { type Case, declareSuite, type SubjectOptions, type Suite } from './suite.js';

/** A store to be tested. */
export interface StoreSubject extends SubjectOptions {
  /** Heading of the suite. */
  readonly name: string;
  /** The module as users name it, with options. */
  readonly store: ModuleRef;
  /** Makes a fresh place for a target; called once for each case, and for each crash. */
  place(kind: 'file' | 'directory'): Promise<StorePlace>;
  /** Whether a second run on a held target is refused at `begin`, not only at its commit. Default true. */
  readonly exclusive?: boolean | undefined;
  /** Whether mode `append` works on directories. Default true. */
  readonly append?: boolean | undefined;
  /** What the definition's own `supports` says, to be held to it. Default nothing. */
  readonly supports?: readonly StoreAbility[] | undefined;
  /** How directories are published in all cases, for stores that have the choice. Default `swap`. */
  readonly publish?: PublishWay | undefined;
  /** False for a store whose targets die with the process, such as one in memory. Default true. */
  readonly crash?: boolean | undefined;
}

type Body = (bench: StoreBench) => Promise<void>;

/**
 * Declares the suite: `testStore({ describe, it }, { name: 'local', store, place })`. It covers visibility, abort, retries
 * after a lost answer, crashes between any two calls, cancel, the write modes, verify, several files, outputs and runs
 * at once, and names that try to leave the target. The store's module is loaded by Node, here and in child processes:
 * build it first. Costs seconds: about 40 processes are started and killed.
 */
export function testStore(runner: TestRunner, subject: StoreSubject): Suite {
  const { store, exclusive = true, append = true, supports = [], crash = true, publish } = subject;
  const fresh = (kind: 'file' | 'directory') => async (): Promise<StoreBench> =>
    storeBench({ store, kind, publish, place: await subject.place(kind) });
  const on = (name: string, kind: 'file' | 'directory', body: Body): Case => ({
    name,
    run: () => withPlace(fresh(kind), body),
  });
  const directory = (name: string, body: Body): Case => on(name, 'directory', body);
  const file = (name: string, body: Body): Case => on(name, 'file', body);
  const crashing = (mode: keyof typeof directoryPlans): Case => ({
    name: `is old or new as a whole after a crash between any two calls in mode ${mode}, and tidied by the next run`,
    run: () => survivesCrashes(fresh('directory'), () => directoryPlans[mode]),
  });

  return declareSuite(runner, {
    kind: 'store',
    adapter: subject.name,
    onEnd: subject.onEnd,
    capabilities: [
      ...(exclusive ? ['exclusive'] : []),
      ...(append ? ['append'] : []),
      ...supports,
      ...(crash ? ['crash'] : []),
    ],
    cases: [
      {
        name: 'says what it can do, and no more',
        run: () =>
          withPlace(fresh('directory'), async (bench) =>
            assert.deepEqual([...((await bench.definition()).supports ?? [])].sort(), [...supports].sort()),
          ),
      },
      directory('shows nothing before the commit and everything after', basics.showsAtCommit),
      file('does the same for a single file', basics.showsFileAtCommit),
      directory('publishes exactly the files of the manifest', basics.publishesTheManifest),
      directory('takes files of any size, in chunks, also from shared memory', basics.takesAnySize),
      directory('has taken the bytes when a write has settled', basics.takesBytesAtOnce),
      directory('never gives out a file that exists', basics.neverReuses),
      file('keeps the attempts at a single file apart', basics.keepsAttemptsApart),
      directory('takes many files at once', basics.takesManyAtOnce),
      directory('can hold an output without files', basics.holdsNothing),
      directory(
        'refuses names that lead out of the target, and takes odd ones that do not',
        basics.refusesHostileNames,
      ),
      directory('leaves nothing after an abort, however often it is called', aborts.leavesNothing),
      directory('leaves nothing after an abort before the first file', aborts.leavesNothingUnwritten),
      file('leaves nothing of a single file after an abort', aborts.leavesNoFile),
      directory('leaves nothing of a commit that failed', aborts.leavesNothingOfAFailedCommit),
      directory('keeps what it has published when an abort comes late', aborts.keepsWhatIsPublished),
      directory('publishes once when a commit is repeated', retries.publishesOnce),
      ...(append
        ? [directory('adds once when a commit in mode append is repeated', retries.appendsOnce)]
        : []),
      file('does not remove the file of a later attempt', retries.keepsTheLaterAttempt),
      directory('knows whether its commit is what readers see', basics.verifies),
      directory(
        'refuses an existing target in mode error, and says skip in mode ignore',
        modes.respectsWhatIsThere,
      ),
      directory('keeps the previous version until it is replaced as a whole', modes.overwritesAsAWhole),
      directory('keeps the previous version when an overwriting run is aborted', modes.keepsWhenAborted),
      file('replaces a single file', modes.overwritesFile),
      ...(append
        ? [
            directory('adds to what is there in mode append', modes.appends),
            directory('never adds a file over one of the same name', modes.neverAppendsOver),
          ]
        : []),
      ...(supports.includes('overwritePartitions')
        ? [directory('replaces the partitions that are written, and no others', modes.replacesPartitions)]
        : []),
      ...(supports.includes('replaces')
        ? [
            directory('replaces the files that new ones stand for, and no others', modes.replacesFiles),
            directory('never stands in for a file that is gone', modes.neverReplacesWhatIsGone),
          ]
        : []),
      ...(exclusive ? [directory('refuses a second run on a held target', races.isExclusive)] : []),
      directory('lets one of two runs on a target win, and tells each the truth', races.letsOneWin),
      ...(append ? [directory('never mixes two runs that began on one version', races.neverMixesRuns)] : []),
      directory('keeps files apart that are written to in turn', races.keepsFilesApart),
      {
        name: 'keeps two outputs of one run apart',
        run: () =>
          withPlace(fresh('directory'), (one) =>
            withPlace(fresh('directory'), (two) => races.keepsOutputsApart(one, two)),
          ),
      },
      directory('stops when it is cancelled, and can still be aborted', cancels.stopsWhenCancelled),
      directory('does nothing once it is cancelled', cancels.doesNothingOnceCancelled),
      directory('ends whole when it is cancelled during a call', cancels.endsWholeWhenCancelled),
      ...(crash
        ? [
            crashing('error'),
            crashing('overwrite'),
            ...(append ? [crashing('append')] : []),
            ...(supports.includes('overwritePartitions') ? [crashing('overwritePartitions')] : []),
            {
              name: 'is the old or the new file after a crash between any two calls',
              run: () => survivesCrashes(fresh('file'), (bench) => filePlan(fileName(bench))),
            },
            ...[true, false].map((committed) => ({
              name: `tells another process after a crash that its commit ${committed ? 'is' : 'is not'} there`,
              run: () => retries.verifiesAfterACrash(fresh('directory'), { committed }),
            })),
          ]
        : []),
    ],
  });
}
