import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConflictError, NondeterminismError, PlanError } from '../errors/named-errors.js';
import type { Publication } from '../sink/sink.js';
import type { GivenRecord, JournalRecord, RunRecord } from '../store/journal/records.js';
import { type DeclaredOutput, jobState, type PlanInput, planJob, publishedNames } from './resume-plan.js';

const runRecord = (init: Partial<RunRecord> = {}): RunRecord => ({
  type: 'run',
  runId: 'r1',
  pipeline: 'p',
  graph: 'g',
  durable: false,
  sources: [['s', 'one']],
  outputs: ['a', 'b'].map((name) => ({ name, key: `key of ${name}`, kept: null })),
  ...init,
});
const publication = (init: Partial<Publication> = {}): Publication => ({
  runId: 'r1',
  key: 'key of a',
  rows: 1,
  bytes: 2,
  files: 3,
  whole: true,
  ...init,
});
const output = (name: string, init: Partial<DeclaredOutput> = {}): DeclaredOutput => ({
  name,
  target: `/${name}`,
  mode: 'append',
  key: `key of ${name}`,
  sources: ['s'],
  publications: [],
  ...init,
});
const published = (name: string, init: Partial<DeclaredOutput> = {}): DeclaredOutput =>
  output(name, { publications: [publication({ key: `key of ${name}` })], ...init });

interface Given extends Partial<Omit<PlanInput, 'previous'>> {
  readonly records?: readonly JournalRecord[];
}
function plan({ records = [runRecord()], ...init }: Given = {}) {
  const { kept, goesOn } = planJob({
    pipeline: 'p',
    graph: 'g',
    durable: false,
    directory: '/jobs',
    fingerprints: new Map([['s', 'one']]),
    outputs: [published('a'), output('b')],
    previous: jobState(records),
    readsBack: false,
    ...init,
  });
  return { kept: [...kept.keys()], goesOn };
}
const unknown = { fingerprints: new Map([['s', null]]), records: [runRecord({ sources: [['s', null]] })] };
const other = { fingerprints: new Map([['s', 'two']]) };
const done: JournalRecord = { type: 'done', runId: 'r1' };

describe('what a resumed job keeps', () => {
  it('is nothing when its journal is empty', () => {
    expect(plan({ records: [] })).toEqual({ kept: [], goesOn: false });
  });

  it('is what its target says this job has published under the same key, and the job goes on', () => {
    expect(plan()).toEqual({ kept: ['a'], goesOn: true });
    expect(plan({ outputs: [output('a'), output('b')] })).toEqual({ kept: [], goesOn: true });
  });

  it('is not what another run has published there', () => {
    const foreign = output('a', { publications: [publication({ runId: 'other' })] });
    expect(plan({ outputs: [foreign, output('b')] })).toEqual({ kept: [], goesOn: true });
  });

  it('is also what an earlier run of the job had published, when the one before has kept it', () => {
    const outputs = [
      { name: 'a', key: 'key of a', kept: 'r0' },
      { name: 'b', key: 'key of b', kept: null },
    ];
    const old = output('a', { publications: [publication({ runId: 'r0' })] });
    expect(plan({ records: [runRecord({ outputs })], outputs: [old, output('b')] }).kept).toEqual(['a']);
    expect(plan({ outputs: [old, output('b')] }).kept).toEqual([]);
  });

  it('is what the journal says where a target cannot tell', () => {
    const committed: JournalRecord = {
      ...{ type: 'committed', runId: 'r1', output: 'a', key: 'key of a' },
      ...{ rows: 1, bytes: 2, files: 3 },
    };
    const blind = output('a', { publications: undefined });
    expect(plan({ records: [runRecord(), committed], outputs: [blind, output('b')] }).kept).toEqual(['a']);
    expect(plan({ outputs: [blind, output('b')] }).kept).toEqual([]);
    // A target that can tell is believed before the journal.
    expect(plan({ records: [runRecord(), committed], outputs: [output('a'), output('b')] }).kept).toEqual([]);
  });

  it('is everything when it is finished, and then it stays so', () => {
    const outputs = [published('a'), published('b')];
    expect(plan({ records: [runRecord(), done], outputs })).toEqual({ kept: ['a', 'b'], goesOn: true });
  });
});

describe('a job whose directory is of another pipeline', () => {
  it('is refused', () => {
    expect(() => plan({ pipeline: 'q' })).toThrow(PlanError);
    expect(() => plan({ pipeline: 'q' })).toThrow(/\/jobs holds the job of pipeline 'p', not of 'q'/);
  });
});

describe('a source that has changed', () => {
  it('is an error once something is published, and none before', () => {
    expect(() => plan(other)).toThrow(NondeterminismError);
    expect(() => plan(other)).toThrow(/Source 's' .*published 'a'.*Nothing was written/s);
    expect(plan({ ...other, outputs: [output('a'), output('b')] })).toEqual({ kept: [], goesOn: false });
  });

  it('begins a finished job anew, in mode append too', () => {
    const outputs = ['a', 'b'].map((name) => published(name, { key: 'another' }));
    expect(plan({ ...other, records: [runRecord(), done], outputs })).toEqual({ kept: [], goesOn: false });
  });

  it('does not matter to what is read back from disk', () => {
    expect(plan({ ...other, readsBack: true }).kept).toEqual(['a']);
  });
});

describe('an output that is published as it would not be now', () => {
  it('is replaced in mode overwrite, and a conflict in others', () => {
    const changed = (mode: DeclaredOutput['mode']) => [published('a', { key: 'another', mode }), output('b')];
    expect(plan({ outputs: changed('overwrite') })).toEqual({ kept: [], goesOn: false });
    for (const mode of ['append', 'error', 'overwritePartitions', undefined] as const) {
      expect(() => plan({ outputs: changed(mode) })).toThrow(ConflictError);
    }
  });

  it('is replaced under a new run id when it is damaged, in mode overwrite, and a conflict in others', () => {
    const harmed = (mode: DeclaredOutput['mode']) => [
      output('a', { mode, publications: [publication({ whole: false })] }),
      output('b'),
    ];
    expect(plan({ outputs: harmed('overwrite') })).toEqual({ kept: [], goesOn: false });
    expect(() => plan({ outputs: harmed('append') })).toThrow(ConflictError);
    expect(() => plan({ outputs: harmed('append') })).toThrow(/'a'.*missing or of another size/s);
  });
});

describe('a source of which nothing is known', () => {
  it('has its outputs written together, which only mode overwrite allows', () => {
    const outputs = [published('a', { mode: 'overwrite' }), output('b')];
    expect(plan({ ...unknown, outputs })).toEqual({ kept: [], goesOn: false });
    expect(() => plan(unknown)).toThrow(NondeterminismError);
    expect(() => plan(unknown)).toThrow(/'a' .*was published, and 'b' was not/s);
  });

  it('is none of the business of outputs from other sources, and nobody is redone when nobody is left', () => {
    const apart = [published('a', { sources: ['t'] }), output('b')];
    expect(plan({ ...unknown, outputs: apart }).kept).toEqual(['a']);
    expect(plan({ ...unknown, outputs: [published('a'), published('b')] }).kept).toEqual(['a', 'b']);
  });

  it('is how every source counts in a durable job that cannot be read back', () => {
    expect(() => plan({ durable: true })).toThrow(NondeterminismError);
    expect(() => plan({ records: [runRecord({ durable: true })] })).toThrow(NondeterminismError);
    expect(plan({ durable: true, readsBack: true }).kept).toEqual(['a']);
  });

  it('never leaves an output that shares it with one that is redone', () => {
    const names = ['s', 't', 'u'];
    const arbitrary = fc.record({
      sources: fc.subarray(names, { minLength: 1 }),
      isPublished: fc.boolean(),
      replaces: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 6 }), fc.subarray(names), (all, known) => {
        const outputs = all.map(({ sources, isPublished, replaces }, index) => {
          const mode = replaces ? 'overwrite' : 'append';
          return (isPublished ? published : output)(`o${index}`, { sources, mode });
        });
        const fingerprints = new Map(names.map((name) => [name, known.includes(name) ? 'one' : null]));
        const records = [runRecord({ sources: [...fingerprints] })];
        const init = { outputs, fingerprints, records };
        let kept: readonly string[];
        try {
          kept = plan(init).kept;
        } catch (error) {
          // Only because something that may not be replaced would have to be.
          expect(error).toBeInstanceOf(NondeterminismError);
          expect(all.some(({ isPublished, replaces }) => isPublished && !replaces)).toBe(true);
          return;
        }
        for (const one of outputs.filter(({ name }) => kept.includes(name))) {
          expect(one.publications).toHaveLength(1);
          for (const two of outputs.filter(({ name }) => !kept.includes(name))) {
            expect(one.sources.filter((name) => two.sources.includes(name) && !known.includes(name))).toEqual(
              [],
            );
          }
        }
      }),
    );
  });
});

describe('what a journal tells of its job', () => {
  const given = (rows: number, first = false): GivenRecord => ({
    ...{ type: 'given', runId: 'r1', stage: 'x', first, schema: 'n int32' },
    sums: [{ rows, ended: false, columns: [['int32', 1]], output: 'a', write: 0 }],
  });
  const rowsOf = (...records: readonly JournalRecord[]): (number | undefined)[] =>
    (jobState(records)?.given.get('x') ?? []).map(({ sums }) => sums[0]?.rows);

  it('is of its last run record', () => {
    expect(jobState([])).toBeUndefined();
    const materialised: JournalRecord = { type: 'materialised', runId: 'r1', stages: [] };
    const first = [runRecord(), materialised, done];
    expect(jobState(first)).toMatchObject({ materialised, done: true });
    expect(jobState([...first, runRecord({ runId: 'r2' })])).toMatchObject({
      run: { runId: 'r2' },
      materialised: undefined,
      done: false,
    });
  });

  it('is what stages gave, as long as pipeline and sources are the same and no attempt gave something else', () => {
    expect(rowsOf(runRecord(), given(1), given(2), runRecord({ runId: 'r2' }), given(3))).toEqual([1, 2, 3]);
    expect(rowsOf(runRecord(), given(1), given(2, true), given(3))).toEqual([2, 3]);
    expect(rowsOf(runRecord(), given(1), runRecord({ graph: 'h' }), given(2))).toEqual([2]);
    expect(rowsOf(runRecord(), given(1), runRecord({ sources: [['s', 'two']] }))).toEqual([]);
    expect(rowsOf(runRecord(), given(1), runRecord({ sources: [] }))).toEqual([]);
  });

  it('is that an output may be published when it was about to be and its sink cannot tell', () => {
    const intent: JournalRecord = { type: 'intent', runId: 'r1', output: 'b', key: 'k', target: '/b' };
    const blind = [output('a'), output('b', { publications: undefined })];
    const names = (outputs: readonly DeclaredOutput[], ...records: readonly JournalRecord[]) => [
      ...publishedNames(outputs, new Map([['a', publication()]]), jobState([runRecord(), ...records])),
    ];
    expect(names(blind, intent)).toEqual(['a', 'b']);
    expect(names(blind)).toEqual(['a']);
    expect(names([output('a'), output('b')], intent)).toEqual(['a']);
  });
});
