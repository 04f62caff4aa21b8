// Owns the list of broken stores, and the sound one that they are derived from.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorePlace } from '../store-bench.js';
import type { StoreSubject } from '../test-store.js';
import type { BrokenAdapter } from './broken.js';
import { ownerOf } from './owner.js';
import { newest } from './records.js';
import type { StoreFault } from './store/faults.js';
import type { Entry } from './store/trial-store.js';
import { trialModule } from './trial-module.js';

const caughtBy: Readonly<Record<StoreFault, string>> = {
  publishesEarly: 'shows nothing before the commit and everything after',
  forgetsAFileAtAbort: 'leaves nothing after an abort, however often it is called',
  publishesTwiceOnRetry: 'publishes once when a commit is repeated',
  publishesWithoutComparing: 'lets one of two runs on a target win, and tells each the truth',
  appendsToAStaleVersion: 'never mixes two runs that began on one version',
  dropsTheLastWrite: 'takes files of any size, in chunks, also from shared memory',
  swapsWrites: 'takes files of any size, in chunks, also from shared memory',
  keepsTheCallersMemory: 'has taken the bytes when a write has settled',
  claimsAChecksum: 'shows nothing before the commit and everything after',
  handsOverTwice: 'shows nothing before the commit and everything after',
  ignoresTheSignal: 'does nothing once it is cancelled',
  keepsFilesAfterACrash:
    'is old or new as a whole after a crash between any two calls in mode error, and tidied by the next run',
  mixesVersions: 'keeps the previous version until it is replaced as a whole',
  removesTheOldVersionFirst: 'keeps the previous version when an overwriting run is aborted',
  publishesWhatItFinds: 'publishes exactly the files of the manifest',
  publishesBeforeItChecks: 'leaves nothing of a commit that failed',
  confirmsWhateverIsAsked: 'knows whether its commit is what readers see',
  remembersCommitsInMemory: 'tells another process after a crash that its commit is there',
  sharesStagingBetweenOutputs: 'keeps two outputs of one run apart',
  throwsBareErrors: 'refuses an existing target in mode error, and says skip in mode ignore',
};

/** The store that passes. */
export const soundStore: StoreSubject = subjectOf(undefined);

/** Stores that make one mistake each. A kit that does not catch them is not worth its time: test yours with them. */
export const brokenStores: readonly BrokenAdapter<StoreSubject>[] = Object.entries(caughtBy).map(
  // The keys of the table are the faults.
  ([fault, name]) => ({ fault, caughtBy: name, subject: subjectOf(fault as StoreFault) }),
);

function subjectOf(fault: StoreFault | undefined): StoreSubject {
  return {
    name: fault === undefined ? 'the sound trial store' : `a store that ${fault}`,
    store: trialModule('store', { fault }),
    supports: ['overwritePartitions'],
    exclusive: false,
    place: trialPlace,
  };
}

async function trialPlace(): Promise<StorePlace> {
  const base = await mkdtemp(join(tmpdir(), 'tailrace-trial-'));
  const path = join(base, 'target');
  const entries = async (): Promise<readonly Entry[]> => (await newest<Entry>(path)).entries;
  return {
    path,
    files: async () => (await entries()).map((entry) => entry.path).sort(),
    async read(file) {
      const entry = (await entries()).find((known) => known.path === file);
      if (entry === undefined) throw new RangeError(`${file} is not in the newest version of ${path}.`);
      return readFile(join(path, entry.at));
    },
    async leftovers() {
      const { runs } = await newest<Entry>(path);
      const names = await readdir(path).catch(() => []);
      return names.filter((name) => {
        const owner = ownerOf(name);
        return owner !== undefined && !runs.includes(owner.runId);
      });
    },
    dispose: () => rm(base, { recursive: true, force: true }),
  };
}
