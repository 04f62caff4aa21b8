// Owns the list of broken sinks, and the sound one that they are derived from.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customSink } from '../../sink/custom-sink.js';
import { sampleSchema } from '../sample.js';
import type { SinkPlace } from '../sink-bench.js';
import type { SinkSubject } from '../test-sink.js';
import type { BrokenAdapter } from './broken.js';
import { readTrial } from './format/trial-format.js';
import { ownerOf } from './owner.js';
import { newest } from './records.js';
import type { SinkFault } from './sink/faults.js';
import type { PartEntry } from './sink/trial-sink.js';
import { trialModule } from './trial-module.js';

const caughtBy: Readonly<Record<SinkFault, string>> = {
  publishesWhenPrepared: 'shows nothing before the commit and everything after',
  forgetsItsStagingAtAbort: 'leaves nothing after an abort, however often it is called',
  publishesTwiceOnRetry: 'knows whether its commit is what readers see, or can commit again',
  publishesLostAttempts: 'shows nothing of an attempt whose worker died',
  deniesItsCommit: 'knows whether its commit is what readers see, or can commit again',
  claimsRowsItDidNotWrite: 'shows nothing before the commit and everything after',
  dropsTheLastBatch: 'shows nothing before the commit and everything after',
  keepsBatchesWithoutRetaining: 'reads a batch only until its write has settled, unless it retains it',
  neverLetsBatchesGo: 'reads a batch only until its write has settled, unless it retains it',
  writesNaNAsNull: 'writes the edges of float64 faithfully, or refuses them',
  ignoresTheSignal: 'does nothing once it is cancelled',
  keepsFilesAfterACrash: 'shows all or nothing after a crash between any two calls, and takes the next run',
  commitsWriteByWrite: 'takes several writers at once',
  publishesOverAnotherRun: 'takes several writers at once',
  sharesStagingBetweenOutputs: 'keeps two outputs of one run apart',
};

/** The sink that passes. */
export const soundSink: SinkSubject = subjectOf(undefined);

/** Sinks that make one mistake each. */
export const brokenSinks: readonly BrokenAdapter<SinkSubject>[] = Object.entries(caughtBy).map(
  // The keys of the table are the faults.
  ([fault, name]) => ({ fault, caughtBy: name, subject: subjectOf(fault as SinkFault) }),
);

function subjectOf(fault: SinkFault | undefined): SinkSubject {
  return {
    name: fault === undefined ? 'the sound trial sink' : `a sink that ${fault}`,
    place: () => trialPlace(fault),
  };
}

async function trialPlace(fault: SinkFault | undefined): Promise<SinkPlace> {
  const base = await mkdtemp(join(tmpdir(), 'tailrace-trial-'));
  const path = join(base, 'target');
  const columns = sampleSchema.fields.map(({ name }) => name);
  const rows = async (): Promise<readonly unknown[]> => {
    const { entries } = await newest<PartEntry>(path);
    const parts = await Promise.all(entries.map(({ at }) => readFile(join(path, at))));
    return parts.flatMap((bytes) => readTrial(bytes, columns));
  };
  return {
    sink: customSink<never>(trialModule('sink', {}).url, { path, fault }, { name: 'trial', target: path }),
    rows,
    visibleRows: async () => (await rows()).length,
    async leftovers() {
      const { runs } = await newest<PartEntry>(path);
      const names = await readdir(path).catch(() => []);
      return names.filter((name) => {
        const owner = ownerOf(name);
        return owner !== undefined && !runs.includes(owner.runId);
      });
    },
    dispose: () => rm(base, { recursive: true, force: true }),
  };
}
