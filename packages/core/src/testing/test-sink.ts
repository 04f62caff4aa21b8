// Owns what every sink must do, as a suite that any test runner can run.
import assert from 'node:assert/strict';
import type { Schema } from '../batch/schema.js';
import { loadModule } from '../sink/load.js';
import type { CommitContext, Committed, Prepared, Sink, SinkDefinition, SinkWriter } from '../sink/sink.js';
import { rejectsWithin, withPlace } from './assertions.js';
import type { TestRunner } from './runner.js';
import { sampleBatch, sampleSchema } from './sample.js';

/** A target of its own for one test. */
export interface SinkPlace {
  readonly sink: Sink<never>;
  /** Rows that a reader of the target sees now. */
  visibleRows(): Promise<number>;
  /** Whatever the sink has left beside the data. Checked to be empty after a commit or abort. Default: not checked. */
  leftovers?(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

/** A sink to be tested. */
export interface SinkSubject {
  /** Heading of the suite. */
  readonly name: string;
  /** Makes a sink on a fresh target. */
  place(): Promise<SinkPlace>;
  /** Columns of the rows that are written. Default: every type. */
  readonly schema?: Schema | undefined;
}

/** One output on its way through the sink, as the framework leads it. */
interface Run extends SinkPlace {
  readonly definition: SinkDefinition;
  readonly schema: Schema;
  /** Opens an attempt at a write. */
  open(write: number, attempt: number, signal?: AbortSignal): Promise<SinkWriter>;
  /** A whole attempt of one batch for each number of rows. */
  prepare(write: number, attempt: number, sizes: readonly number[]): Promise<Prepared>;
  context(prepared: readonly Prepared[]): CommitContext<unknown, unknown, unknown>;
  commit(prepared: readonly Prepared[]): Promise<Committed>;
  abort(): Promise<void>;
  clean(): Promise<void>;
}

let runs = 0;

/**
 * Declares the suite: `testSink({ describe, it }, { name: 'my sink', place })`. It covers visibility, row counts, retries,
 * lost attempts, writers at once, outputs without rows, verify, abort and cancel.
 */
export function testSink({ describe, it }: TestRunner, subject: SinkSubject): void {
  const on = (body: (run: Run) => Promise<void>): (() => Promise<void>) => {
    return () => withPlace(async () => beginRun(await subject.place(), subject.schema ?? sampleSchema), body);
  };

  describe(`${subject.name} is a sink that`, () => {
    it('shows nothing before the commit and everything after', on(showsAtCommit));
    it('hands over plain data when a write is prepared', on(preparesPlainData));
    it('takes an output without rows', on(takesNoRows));
    it('takes several writers at once', on(takesWritersAtOnce));
    it('shows the rows of a retried write once', on(showsRetriesOnce));
    it('shows nothing of an attempt whose worker died', on(forgetsTheLost));
    it('leaves nothing after an abort, however often it is called', on(leavesNothing));
    it('knows whether its commit is what readers see, or can commit again', on(verifiesOrRepeats));
    it('gives way when it is cancelled', on(givesWay));
    it('refuses rows without the columns that it requires', on(refusesMissingColumns));
  });
}

async function beginRun(place: SinkPlace, schema: Schema): Promise<Run> {
  const { sink } = place;
  const definition = await loadModule<SinkDefinition>(sink.module, 'sink');
  runs += 1;
  const info = { runId: `run-${process.pid}-${runs}`, output: 'conformance' };
  const { options } = sink.module;
  const signal = new AbortController().signal;
  await definition.check?.({ ...info, options, schema });
  const begun = await definition.begin({ ...info, options, signal });
  assert.equal(begun.skip, false, 'a fresh target must not be skipped');
  // Staging crosses to the workers.
  const staging: unknown = begun.skip ? undefined : structuredClone(begun.staging);

  const open: Run['open'] = (write, attempt, life = signal) =>
    definition.open({
      ...info,
      options: structuredClone(options),
      schema,
      staging,
      write,
      attempt,
      signal: life,
    });
  const context: Run['context'] = (prepared) => ({ ...info, options, staging, schema, prepared, signal });
  return {
    ...place,
    visibleRows: () => place.visibleRows(),
    dispose: () => place.dispose(),
    definition,
    schema,
    open,
    async prepare(write, attempt, sizes) {
      const writer = await open(write, attempt);
      let first = 0;
      for (const rows of sizes) {
        await writer.write(sampleBatch(schema, rows, first));
        first += rows;
      }
      // What a write hands over crosses back from its worker.
      return structuredClone(await writer.prepare());
    },
    context,
    commit: (prepared) => definition.commit(context(prepared)),
    abort: () => definition.abort({ ...info, options, staging }),
    async clean() {
      assert.deepEqual([...((await place.leftovers?.()) ?? [])], [], 'the sink left something behind');
    },
  };
}

async function showsAtCommit(run: Run): Promise<void> {
  const prepared = await run.prepare(0, 1, [100, 1, 900]);
  assert.equal(prepared.rows, 1_001, 'prepare() must count the rows');
  assert.equal(await run.visibleRows(), 0, 'prepared rows are visible');
  const committed = await run.commit([prepared]);
  assert.equal(committed.rows, 1_001, 'commit() must count the rows');
  assert.equal(await run.visibleRows(), 1_001);
  await run.clean();
}

async function preparesPlainData(run: Run): Promise<void> {
  const writer = await run.open(0, 1);
  await writer.write(sampleBatch(run.schema, 10));
  const prepared = await writer.prepare();
  assert.deepEqual(structuredClone(prepared), prepared);
  assert.equal(
    prepared.files.reduce((sum, file) => sum + file.rows, 0),
    prepared.files.length === 0 ? 0 : 10,
    'the rows of the files must add up',
  );
  await run.abort();
}

async function takesNoRows(run: Run): Promise<void> {
  const prepared = await run.prepare(0, 1, []);
  assert.equal(prepared.rows, 0);
  assert.equal((await run.commit([prepared])).rows, 0);
  assert.equal(await run.visibleRows(), 0);
  await run.clean();
}

async function takesWritersAtOnce(run: Run): Promise<void> {
  const numbers = run.sink.single ? [0] : [0, 1, 2, 3];
  const writers = await Promise.all(numbers.map((write) => run.open(write, 1)));
  for (const first of [0, 50]) {
    await Promise.all(writers.map((writer) => writer.write(sampleBatch(run.schema, 50, first))));
  }
  const prepared = await Promise.all(writers.map((writer) => writer.prepare()));
  assert.equal(await run.visibleRows(), 0, 'prepared rows are visible');
  const expected = numbers.length * 100;
  assert.equal((await run.commit(prepared)).rows, expected);
  assert.equal(await run.visibleRows(), expected);
  await run.clean();
}

async function showsRetriesOnce(run: Run): Promise<void> {
  const first = await run.open(0, 1);
  await first.write(sampleBatch(run.schema, 70));
  await first.abort();
  const late = await run.open(0, 2);
  await late.write(sampleBatch(run.schema, 70));
  await late.prepare();
  await late.abort();
  const prepared = await run.prepare(0, 3, [70]);
  assert.equal((await run.commit([prepared])).rows, 70);
  assert.equal(await run.visibleRows(), 70);
  await run.clean();
}

async function forgetsTheLost(run: Run): Promise<void> {
  const lost = await run.open(0, 1);
  await lost.write(sampleBatch(run.schema, 40));
  // The worker died when this one was on stable storage, but before it could say so.
  await run.prepare(0, 2, [40]);
  const prepared = await run.prepare(0, 3, [40]);
  assert.equal((await run.commit([prepared])).rows, 40);
  assert.equal(await run.visibleRows(), 40);
  await lost.abort();
  assert.equal(await run.visibleRows(), 40, 'a late abort must not touch what is published');
  await run.clean();
}

async function leavesNothing(run: Run): Promise<void> {
  await run.prepare(0, 1, [30]);
  const open = await run.open(run.sink.single ? 0 : 1, 2);
  await open.write(sampleBatch(run.schema, 30));
  await open.abort();
  await run.abort();
  await run.abort();
  assert.equal(await run.visibleRows(), 0);
  await run.clean();
}

async function verifiesOrRepeats(run: Run): Promise<void> {
  const prepared = [await run.prepare(0, 1, [60])];
  const { definition } = run;
  if (definition.verify !== undefined) {
    assert.equal(await definition.verify(run.context(prepared)), undefined, 'nothing is published yet');
  }
  const committed = await run.commit(prepared);
  // After a commit whose answer was lost, the framework asks verify(), or else commits again.
  const again =
    definition.verify === undefined
      ? await run.commit(prepared)
      : await definition.verify(run.context(prepared));
  assert.deepEqual(again, committed);
  assert.equal(await run.visibleRows(), 60);
}

async function givesWay(run: Run): Promise<void> {
  const life = new AbortController();
  const writer = await run.open(0, 1, life.signal);
  await writer.write(sampleBatch(run.schema, 20));
  life.abort();
  await writer.abort();
  await run.abort();
  assert.equal(await run.visibleRows(), 0);
  await run.clean();
}

async function refusesMissingColumns(run: Run): Promise<void> {
  const { sink, definition, schema } = run;
  await run.abort();
  const { requires } = sink;
  if (requires.length === 0) return;
  const fields = schema.fields.filter((field) => !requires.includes(field.name));
  const context = { runId: 'r', output: 'conformance', options: sink.module.options, schema: { fields } };
  await rejectsWithin('SCHEMA_INVALID', `a schema without ${requires.join(', ')}`, () =>
    definition.check?.(context),
  );
}
