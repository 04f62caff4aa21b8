// Owns what every format must do, as a suite that any test runner can run.
import assert from 'node:assert/strict';
import type { Schema } from '../batch/schema.js';
import type { ModuleRef } from '../sink/module-ref.js';
import { receiver } from './byte-receiver.js';
import { everyKind, type Kind } from './every-type.js';
import { type FormatBench, formatBench, type ReadFile, total } from './format-bench.js';
import * as cases from './format-cases.js';
import * as edges from './format-edge-cases.js';
import { takesOrRefuses } from './format-type-cases.js';
import type { TestRunner } from './runner.js';
import { sampleSchema } from './sample.js';
import { type Case, declareSuite, type SubjectOptions, type Suite } from './suite.js';

/** A format to be tested. */
export interface FormatSubject extends SubjectOptions {
  /** Heading of the suite. */
  readonly name: string;
  /** The module as users name it, with options. */
  readonly format: ModuleRef;
  /** Columns that the format can write, for the cases that are not about types. Default: `sampleSchema`. */
  readonly schema?: Schema | undefined;
  /**
   * The kinds of columns that the format refuses, all others of which it takes: it is held to both. Not given, any kind may
   * be refused, as long as `check` says so; what `check` lets pass has to be written faithfully in any case.
   */
  readonly refuses?: readonly Kind[] | undefined;
  /**
   * Whether the format holds the batches of a whole file until its end: it must then refuse, by an error of `write`, a file
   * of more bytes than `maxBufferedBytes`. Default false: it takes files of any size, and hands bytes over as they come.
   */
  readonly holdsWholeFile?: boolean | undefined;
  /**
   * Reads a file back, by other means than the format's own code, in the forms that `sampleRows` has: of any type of
   * column that the format takes. Without it the suite compares bytes with those of an undisturbed run, and cannot see
   * values that are altered: supply one.
   */
  readonly read?: ReadFile | undefined;
}

/**
 * Declares the suite: `testFormat({ describe, it }, { name: 'csv', format, read })`. It covers row counts, files without
 * rows, every type of column, values at the edges of their types, limits of memory, back-pressure, failing
 * destinations, abort and cancel, and several files at once. The format's module is loaded by Node: build it first.
 * Everything runs in this thread.
 */
export function testFormat(runner: TestRunner, subject: FormatSubject): Suite {
  const { format, schema = sampleSchema, refuses, holdsWholeFile = false, read } = subject;
  const bench = formatBench(format, schema, read);
  const of = (name: string, body: (bench: FormatBench) => Promise<void>): Case => ({
    name,
    run: () => body(bench),
  });
  const sizesOf = {
    'no batch': [],
    'a batch without rows': [0],
    'one row': [1],
    'several batches': [100, 1, 0, 1_000, 7],
  };
  const kinds = [...new Set(schema.fields.map(({ type }) => type.kind))];

  return declareSuite(runner, {
    kind: 'format',
    adapter: subject.name,
    onEnd: subject.onEnd,
    capabilities: [
      ...(refuses === undefined ? kinds : everyKind.filter((kind) => !refuses.includes(kind))),
      ...(read === undefined ? [] : ['read back']),
    ],
    cases: [
      of('names an ending for its files, and accepts the columns', cases.namesItsFiles),
      ...Object.entries(sizesOf).map(([what, sizes]) =>
        of(`writes a file of ${what} and counts its rows`, async () => {
          const out = receiver();
          assert.equal(await bench.encode(sizes, out), total(sizes), 'finish() must count the rows');
          await bench.holds(out.content(), sizes);
        }),
      ),
      ...kinds.map((kind) =>
        of(`writes the edges of ${kind} faithfully, or refuses them`, () =>
          edges.neverAlters(
            bench,
            schema.fields.filter(({ type }) => type.kind === kind),
          ),
        ),
      ),
      ...everyKind.map((kind) =>
        of(`takes columns of type ${kind} and changes nothing in them, or refuses them in check`, () =>
          takesOrRefuses(bench, kind, refuses?.includes(kind)),
        ),
      ),
      of('writes columns of nothing but nulls', edges.keepsNulls),
      of('takes a schema without columns, or refuses it', edges.takesNoColumns),
      of('counts encoded bytes as they come, and never fewer than it has handed over', cases.countsBytes),
      of(
        'waits for a slow destination before it hands over more, and leaves those bytes alone meanwhile',
        cases.waitsForItsDestination,
      ),
      of(
        'holds back no more bytes than it may',
        holdsWholeFile ? cases.refusesToHoldMore : cases.holdsBackNoMore,
      ),
      of('reads a batch only until its write has settled', cases.readsBatchesInTime),
      of('never finishes a file of which bytes could not be written', cases.failsWithItsDestination),
      of('can be aborted before, between and after writes, and works again afterwards', cases.canBeAborted),
      of('ends when it is cancelled while its destination hangs', cases.endsWhenCancelled),
      of('works again after it was opened for a cancelled attempt', cases.takesAnAbortedSignal),
      of('works again after an encoder that was neither finished nor aborted', cases.forgetsTheLost),
      of('keeps several files apart that are open in one thread', cases.keepsFilesApart),
    ],
  });
}
