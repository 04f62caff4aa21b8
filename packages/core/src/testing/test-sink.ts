// Owns what every sink must do, as a suite that any test runner can run.
import type { Schema } from '../batch/schema.js';
import { withPlace } from './assertions.js';
import type { TestRunner } from './runner.js';
import { sampleSchema } from './sample.js';
import { beginRun, type SinkPlace, type SinkRun } from './sink-bench.js';
import * as cancels from './sink-cancel-cases.js';
import * as basics from './sink-cases.js';
import { survivesCrashes } from './sink-crash-cases.js';
import { neverAlters } from './sink-edge-cases.js';
import * as races from './sink-race-cases.js';
import * as retries from './sink-retry-cases.js';
import { type Case, declareSuite, type SubjectOptions, type Suite } from './suite.js';

/** A sink to be tested. */
export interface SinkSubject extends SubjectOptions {
  /** Heading of the suite. */
  readonly name: string;
  /** Makes a sink on a fresh target; called once for each case, and for each crash. */
  place(): Promise<SinkPlace>;
  /** Columns of the rows that are written. Default: every type. */
  readonly schema?: Schema | undefined;
  /** False for a sink whose targets die with the process. Default true. */
  readonly crash?: boolean | undefined;
}

/**
 * Declares the suite: `testSink({ describe, it }, { name: 'my sink', place })`. It covers visibility, row counts, values at
 * the edges of their types, retries and lost attempts, crashes between any two calls, cancel, batches that are read in
 * time, writers, outputs and runs at once, outputs without rows, and verify. The sink's module is loaded by Node, here
 * and in child processes: build it first. Costs seconds: about ten processes are started and killed.
 */
export function testSink(runner: TestRunner, subject: SinkSubject): Suite {
  const { schema = sampleSchema, crash = true } = subject;
  const fresh = (): Promise<SinkPlace> => subject.place();
  const on = (name: string, body: (run: SinkRun) => Promise<void>): Case => ({
    name,
    run: () => withPlace(fresh, async (place) => body(await beginRun(place, schema))),
  });
  const kinds = [...new Set(schema.fields.map(({ type }) => type.kind))];

  return declareSuite(runner, {
    kind: 'sink',
    adapter: subject.name,
    onEnd: subject.onEnd,
    capabilities: [...kinds, ...(crash ? ['crash'] : [])],
    cases: [
      on('shows nothing before the commit and everything after', basics.showsAtCommit),
      on('hands over plain data when a write is prepared', basics.preparesPlainData),
      on('takes an output without rows', basics.takesNoRows),
      on('reads a batch only until its write has settled, unless it retains it', basics.readsBatchesInTime),
      on('refuses rows without the columns that it requires', basics.refusesMissingColumns),
      ...kinds.map((kind) => ({
        name: `writes the edges of ${kind} faithfully, or refuses them`,
        run: () =>
          neverAlters(
            fresh,
            schema,
            schema.fields.filter(({ type }) => type.kind === kind),
          ),
      })),
      on('takes several writers at once', races.takesWritersAtOnce),
      {
        name: 'keeps two outputs of one run apart',
        run: () =>
          withPlace(fresh, (one) => withPlace(fresh, (two) => races.keepsOutputsApart(one, two, schema))),
      },
      {
        name: 'tells each of two runs on one target the truth',
        run: () => withPlace(fresh, (place) => races.tellsBothRunsTheTruth(place, schema)),
      },
      on('shows the rows of a retried write once', retries.showsRetriesOnce),
      on('shows nothing of an attempt whose worker died', retries.forgetsTheLost),
      on('leaves nothing after an abort, however often it is called', retries.leavesNothing),
      on('leaves nothing after an abort before the first write', retries.leavesNothingUnwritten),
      on('leaves nothing of an attempt whose prepare failed', retries.leavesNothingOfAFailedPrepare),
      on('knows whether its commit is what readers see, or can commit again', retries.verifiesOrRepeats),
      on('gives way when it is cancelled', cancels.givesWay),
      on('does nothing once it is cancelled', cancels.doesNothingOnceCancelled),
      on('ends whole when it is cancelled during a call', cancels.endsWholeWhenCancelled),
      ...(crash
        ? [
            {
              name: 'shows all or nothing after a crash between any two calls, and takes the next run',
              run: () => survivesCrashes(fresh, schema),
            },
          ]
        : []),
    ],
  });
}
