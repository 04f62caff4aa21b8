import fc from 'fast-check';
import { concatMap, from, map } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { defineSchema, float64, int32, nullable, utf8 } from '../batch/schema.js';
import type { BadRow } from '../materialise/bad-row.js';
import { fromChunks } from '../source/from-iterable.js';
import { deadLetter } from './dead-letter.js';
import { declareGraph } from './declare.js';
import { describeGraph } from './describe.js';
import type { StageOptions } from './graph.js';
import { settle, testSink, testSource } from './runtime-fixtures.js';
import { leftovers, run, type Scene, scene } from './runtime-scene.js';

afterEach(async () => {
  expect(await leftovers()).toEqual([]);
});

interface Row {
  readonly id: number;
  readonly name: string | null;
}
const schema = defineSchema({ id: int32(), name: nullable(utf8()) });
const good = (id: number): Row => ({ id, name: `row ${id}` });
/** As JavaScript may give it. */
const given = (...rows: unknown[]): Row[] => rows as Row[];

/** What becomes of rows with a stage's options, with `out` and its dead letters. */
function write(rows: readonly Row[], options: StageOptions<Row>): Promise<Scene> {
  return run((flow) => {
    flow.write('out', flow.source('rows', testSource([rows]), { schema, ...options }), testSink('out'));
  });
}
const letters = (): { onBadRow: ReturnType<typeof deadLetter> } => ({
  onBadRow: deadLetter(testSink<BadRow>('bad'), { name: 'bad' }),
});

describe('a bad row', () => {
  it('fails the outputs of its stage when nothing else is said', async () => {
    const scene = await write(given(good(0), { id: 'x', name: null }), {});
    expect(scene.feed('out')).toMatchObject({ state: 'failed', error: { code: 'VALUE_INVALID' } });
  });

  it('is left out and counted with skip', async () => {
    const scene = await write(given(good(0), { id: 'x', name: null }, good(2)), { onBadRow: 'skip' });
    expect(scene.feed('out')).toMatchObject({
      state: 'completed',
      rows: [good(0), good(2)],
      rejected: 1,
      came: 3,
    });
  });

  it('is told of as a dead letter: where, which value, why', async () => {
    const scene = await write(
      given(
        good(0),
        { id: 1.5, name: null },
        { id: 2, name: 3 },
        'four',
        { id: 4, no: 1 },
        good(5),
        good(6),
        good(7),
      ),
      letters(),
    );
    expect(scene.feed('out').rows).toEqual([good(0), good(5), good(6), good(7)]);
    expect(scene.feed('bad')).toMatchObject({ state: 'completed', error: undefined });
    expect(scene.feed('bad').rows).toEqual([
      {
        row: 1,
        column: 'id',
        value: '1.5',
        reason: expect.stringMatching(/"id" \(int32\).*1\.5/),
        code: 'VALUE_INVALID',
      },
      {
        row: 2,
        column: 'name',
        value: '3',
        reason: expect.stringContaining('"name"'),
        code: 'VALUE_INVALID',
      },
      {
        row: 3,
        column: null,
        value: 'four',
        reason: expect.stringContaining('rows are objects'),
        code: 'SCHEMA_INVALID',
      },
      {
        row: 4,
        column: 'no',
        value: null,
        reason: expect.stringContaining('is no column'),
        code: 'SCHEMA_INVALID',
      },
    ]);
  });

  it('leaves nothing of itself in the columns that were written before it was found bad', async () => {
    const wide = defineSchema({ a: utf8(), b: nullable(float64()), c: utf8() });
    const scene = await run((flow) => {
      const rows = [
        { a: 'one', b: 1, c: 'x' },
        { a: 'a long text that must not stay', b: null, c: 3 as unknown as string },
        { a: 'two', b: 2, c: 'y' },
        { a: 'three', b: 3, c: 'z' },
      ];
      flow.write(
        'out',
        flow.source('rows', testSource([rows]), { schema: wide, onBadRow: 'skip' }),
        testSink('out'),
      );
    });
    expect(scene.feed('out').rows).toEqual([
      { a: 'one', b: 1, c: 'x' },
      { a: 'two', b: 2, c: 'y' },
      { a: 'three', b: 3, c: 'z' },
    ]);
  });

  it('shows at most 200 characters of a value, and half characters as escapes', async () => {
    const long = 'ä'.repeat(5_000);
    const scene = await write(
      given(good(0), { id: long, name: null }, { id: 2, name: '\ud800' }, good(3)),
      letters(),
    );
    const [first, second] = scene.feed('bad').rows as BadRow[];
    expect(first?.value).toBe(`${'ä'.repeat(199)}…`);
    expect(second?.value).toBe('\\ud800');
  });

  it('is found while the columns are inferred, too', async () => {
    const scene = await run((flow) => {
      const rows = given(good(0), { id: 'x', name: 'y' }, good(2), { id: 3n, name: null }, good(4));
      flow.write('out', flow.source('rows', testSource([rows]), letters()), testSink('out'));
    });
    expect(scene.feed('out').rows).toEqual([good(0), good(2), good(4)]);
    expect(scene.feed('bad').rows).toMatchObject([{ row: 1 }, { row: 3, value: '3' }]);
  });

  it('reaches consumers that take the items as they are, and no reader of what is held', async () => {
    const [live, held]: [unknown[], unknown[]] = [[], []];
    const scene = await run((flow) => {
      const items = testSource([given(good(0), { id: 'x', name: null }, good(2))]);
      const rows = flow.source('rows', items, { schema, onBadRow: 'skip' });
      const idsInto = (seen: unknown[]) => map(({ id }: Row) => ({ n: seen.push(id) }));
      flow.write('live', flow.stage('live', rows, idsInto(live)), testSink('live'));
      flow.write('held', flow.stage('held', flow.hold(rows), idsInto(held)), testSink('held'));
    });
    expect([live, held]).toEqual([
      [0, 'x', 2],
      [0, 2],
    ]);
    expect(scene.feed('held').state).toBe('completed');
  });
});

describe('how many rows may be bad', () => {
  it('is limited in number: one more fails the outputs and the dead letters', async () => {
    const bad = Array.from({ length: 4 }, (_, id) => ({ id: `bad ${id}`, name: null }));
    const rows = given(...Array.from({ length: 10 }, (_, id) => good(id)), ...bad);
    const kept = await write(rows, { ...letters(), maxBadRows: 4 });
    expect([kept.feed('out').state, kept.feed('bad').state]).toEqual(['completed', 'completed']);
    const failed = await write(rows, { ...letters(), maxBadRows: 3 });
    expect([failed.feed('out').state, failed.feed('bad').state]).toEqual(['failed', 'failed']);
    expect(failed.feed('out').error?.message).toMatch(
      /has refused 4 rows, .* maxBadRows allows \(3\).* row 10: /s,
    );
  });

  it('is limited as a share of the rows, half of them by default', async () => {
    const half = given(good(0), { id: 'x', name: null });
    expect((await write(half, { onBadRow: 'skip' })).feed('out').state).toBe('completed');
    const more = await write(given(...half, { id: 'y', name: null }), { onBadRow: 'skip' });
    expect(more.feed('out').error?.message).toMatch(/maxBadShare allows \(0.5 of 3\).*wrong schema/s);
    const less = await write(half, { onBadRow: 'skip', maxBadShare: 0.4 });
    expect(less.feed('out').state).toBe('failed');
    expect((await write(half, { onBadRow: 'skip', maxBadShare: 1 })).feed('out').state).toBe('completed');
  });

  it('is 1,000 by default', async () => {
    const rows = (bad: number): Row[] =>
      given(
        ...Array.from({ length: 2_000 }, (_, id) => good(id)),
        ...Array.from({ length: bad }, () => ({ id: 'x', name: null })),
      );
    expect((await write(rows(1_000), { onBadRow: 'skip' })).feed('out').state).toBe('completed');
    expect((await write(rows(1_001), { onBadRow: 'skip' })).feed('out').state).toBe('failed');
  });
});

describe('a flood of good and bad rows', () => {
  it('goes to scratch storage, and every row is there or counted', async () => {
    const flood = Array.from({ length: 60_000 }, (_, id): unknown =>
      id % 3 === 0 ? { id: 'bad', name: null } : good(id),
    );
    const made = scene(
      (flow) => {
        const raw = flow.source('raw', testSource([[0]]));
        const burst = concatMap(() => from(given(...flood)));
        const options = { schema, onBadRow: 'skip', maxBadRows: 20_000, batchRows: 2_000 } as const;
        flow.write('out', flow.stage('burst', raw, burst, options), testSink('out'));
      },
      { limitBytes: 2 ** 19, keep: ['out'] },
    );
    made.runtime.start();
    await settle();
    expect(made.memory.spills).toBeGreaterThan(3);
    made.feed('out').releaseAll();
    await made.runtime.finished;
    expect(made.feed('out')).toMatchObject({ rejected: 20_000, came: 60_000 });
    expect(made.feed('out').rows).toEqual(flood.filter((_, at) => at % 3 !== 0));
    // What was built last was sealed after that.
    made.feed('out').releaseAll();
  }, 60_000);
});

describe('a dead letter output', () => {
  it('fails the outputs of its stage when it takes nothing more: the next bad row would be lost', async () => {
    const made = scene((flow) => {
      const rows = fromChunks(async function* () {
        yield given(good(0), { id: 'x', name: null });
        made.feed('bad').close();
        yield given(good(2), { id: 'y', name: null }, good(4));
      });
      flow.write('out', flow.source('rows', rows, { schema, ...letters() }), testSink('out'));
    });
    made.runtime.start();
    await made.runtime.finished;
    expect(made.feed('out').error?.message).toMatch(/refused row 3, but the output .* takes nothing more/);
  });

  it('goes without rows when all rows are good, and fails with its stage', async () => {
    const fine = await write(given(good(0)), letters());
    expect(fine.feed('bad')).toMatchObject({ state: 'completed', rows: [] });
    expect(fine.feed('bad').schemas).toHaveLength(1);
    const scene = await run((flow) => {
      const source = testSource([given(good(0), { id: 'x', name: null })], { failAfter: new Error('gone') });
      flow.write('out', flow.source('rows', source, { schema, ...letters() }), testSink('out'));
    });
    expect([scene.feed('out').state, scene.feed('bad').state]).toEqual(['failed', 'failed']);
  });

  it('is part of what is declared: a node, an edge and an output with the options given to it', () => {
    const graph = declareGraph('p', (flow) => {
      const onBadRow = deadLetter(testSink<BadRow>('bad'), { writeRows: 5 });
      flow.write('out', flow.source('rows', testSource([[good(0)]]), { onBadRow }), testSink('out'));
    });
    expect(graph.outputs.map(({ name, options }) => [name, options])).toEqual([
      ['rows-rejected', { writeRows: 5 }],
      ['out', {}],
    ]);
    const { nodes, edges, warnings, mermaid } = describeGraph(graph);
    expect(nodes.map(({ name, kind, used }) => [name, kind, used])).toEqual([
      ['rows', 'source', true],
      ['rows (rejected)', 'rejects', true],
    ]);
    expect(edges).toEqual([{ from: 'rows', to: 'rows (rejected)', input: 0 }]);
    expect(warnings).toEqual([]);
    expect(mermaid).toContain('rows-rejected');
  });
});

describe('what is said of bad rows', () => {
  const source = testSource([[good(0)]]);
  it.each<[string, StageOptions<Row>, RegExp]>([
    [
      'another word',
      { onBadRow: 'ignore' as 'skip' },
      /onBadRow must be 'fail', 'skip' or deadLetter\(sink\)/,
    ],
    ['a sink alone', { onBadRow: testSink('x') as unknown as 'skip' }, /deadLetter\(sink\)/],
    ['a dead letter without a sink', { onBadRow: deadLetter('x' as never) }, /where a sink is expected/],
    [
      'an option that outputs do not have',
      { onBadRow: deadLetter(testSink('x'), { rows: 1 } as never) },
      /no option 'rows'/,
    ],
    ['a limit of nothing', { maxBadRows: 5 }, /has maxBadRows, but its first bad row fails it/],
    ['a share above 1', { onBadRow: 'skip', maxBadShare: 5 }, /maxBadShare must be a number from 0 to 1/],
    [
      'dropping columns that nobody declared',
      { extraColumns: 'drop' },
      /extraColumns: 'drop' without a schema/,
    ],
    [
      'wanting columns that nobody declared',
      { missingColumns: 'error' },
      /missingColumns: 'error' without a schema/,
    ],
    [
      'a name that is taken',
      { onBadRow: deadLetter(testSink('x'), { name: 'out' }) },
      /two outputs named 'out'/,
    ],
  ])('is refused when it is %s', (_, options, message) => {
    expect(() =>
      declareGraph(
        'p',
        (flow) => void flow.write('out', flow.source('rows', source, options), testSink('out')),
      ),
    ).toThrow(message);
  });

  it('is refused of a stage that is neither written nor held', () => {
    expect(() =>
      declareGraph('p', (flow) => {
        const rows = flow.source('rows', source, letters());
        flow.write(
          'out',
          flow.stage(
            'all',
            rows,
            map((row) => row),
          ),
          testSink('out'),
        );
      }),
    ).toThrow(/'rows' .* is neither written nor held/);
  });
});

describe('extra and missing columns', () => {
  const extra = given({ id: 0, name: 'a', more: 1 });
  const missing = given({ id: 0 });
  it.each<[string, readonly Row[], StageOptions<Row>, unknown]>([
    ['an extra one is an error', extra, {}, /"more" is no column/],
    ['an extra one is dropped', extra, { extraColumns: 'drop' }, [{ id: 0, name: 'a' }]],
    ['a missing one is null', missing, {}, [{ id: 0, name: null }]],
    ['a missing one is an error', missing, { missingColumns: 'error' }, /it has no "name"/],
    [
      'null is not missing',
      given({ id: 0, name: null }),
      { missingColumns: 'error' },
      [{ id: 0, name: null }],
    ],
    ['undefined is', given({ id: 0, name: undefined }), { missingColumns: 'error' }, /it has no "name"/],
    ['a missing one that may not be null is an error', given({ name: 'a' }), {}, /"id" .*undefined came/],
  ])('%s', async (_, rows, options, wanted) => {
    const { rows: written, error } = (await write(rows, options)).feed('out');
    if (wanted instanceof RegExp) expect(error?.message).toMatch(wanted);
    else expect(written).toEqual(wanted);
  });
});

describe('any rows, good and bad, with borders between batches anywhere', () => {
  const text = fc.string({ maxLength: 12 });
  const goodRow = fc.record({ id: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), name: fc.option(text) });
  const badRow = fc.oneof(
    fc.record({ id: fc.constantFrom('x', 1.5, 2 ** 31, null, undefined, 1n, new Date(0)), name: text }),
    fc.record({ id: fc.integer(), name: fc.constantFrom(1, true, '\udc00', {}, [], new Date(0)) }),
    fc.record({ id: fc.integer(), name: text, more: fc.anything() }),
    fc.constantFrom(1, null, undefined, 'text', [], new Date(0)),
  );
  const rows = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: goodRow.map((row) => ({ isGood: true, row: row as unknown })) },
      {
        weight: 2,
        arbitrary: badRow.map((row) => ({ isGood: false, row: row as unknown })),
      },
    ),
    { maxLength: 80 },
  );

  it('writes exactly the good ones in order and rejects exactly the bad ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 300 }),
        async (all, batchRows, batchBytes) => {
          const limits = { maxBadShare: 1, batchRows, batchBytes };
          const made = await write(given(...all.map(({ row }) => row)), { ...letters(), ...limits });
          const isBad = all.flatMap(({ isGood }, at) => (isGood ? [] : [at]));
          expect(made.feed('out')).toMatchObject({
            state: 'completed',
            rejected: isBad.length,
            came: all.length,
          });
          expect(made.feed('out').rows).toEqual(all.filter(({ isGood }) => isGood).map(({ row }) => row));
          expect((made.feed('bad').rows as BadRow[]).map(({ row }) => row)).toEqual(isBad);
          expect(await leftovers()).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});
