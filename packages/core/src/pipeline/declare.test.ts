import { EMPTY, map, merge, type Observable, type OperatorFunction, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defineSchema, float64, int64, type Schema, utf8 } from '../batch/schema.js';
import { PlanError } from '../errors/named-errors.js';
import type { Sink } from '../sink/sink.js';
import type { Source } from '../source/source.js';
import { checkAcyclic } from './check.js';
import { declareGraph, type Flow } from './declare.js';
import { describeGraph } from './describe.js';
import type { Graph } from './graph.js';
import type { Stage } from './handle.js';
import { checkLocations } from './locations.js';
import { numbered, testSink, testSource } from './runtime-fixtures.js';

const source = (): Source<{ n: number }> => testSource(numbered(3));
const sink = (path: string): Sink<unknown> => testSink(path);

/** What JavaScript may pass; the type checker is silenced on purpose. */
const wrong = <T>(value: unknown): T => value as T;

function refusal(declare: (flow: Flow) => void): PlanError {
  try {
    declareGraph('flights', declare);
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
  throw new Error('The declaration was accepted.');
}

describe('declareGraph', () => {
  it('makes plain data of sources, stages, combines, holds and outputs', () => {
    const graph = declareGraph('flights', (flow) => {
      const raw = flow.source('raw', source());
      const doubled = flow.stage(
        'doubled',
        raw,
        map(({ n }) => ({ n: n * 2 })),
      );
      const held = flow.hold(doubled);
      const both = flow.combine('both', [raw, held], (a, b) => merge(a, b));
      flow.write('all', both, sink('all'), { slow: 'spill' });
      flow.write('kept', held, sink('kept'));
    });
    expect(graph.nodes.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'source raw',
      'stage doubled',
      'hold doubled (held)',
      'combine both',
    ]);
    expect(graph.outputs.map(({ name, from }) => [name, from])).toEqual([
      ['all', 'both'],
      ['kept', 'doubled (held)'],
    ]);
  });

  it('takes the schema a source knows of itself for the source alone, unless one is declared', () => {
    const own = defineSchema({ n: int64({ js: 'number' }) });
    const declared = defineSchema({ n: float64() });
    const graph = declareGraph('flights', (flow) => {
      const raw = flow.source('raw', { ...source(), schema: own });
      const same = flow.stage(
        'same',
        raw,
        map((row) => row),
      );
      flow.source('told', { ...source(), schema: own }, { schema: declared });
      flow.source('unknown', source());
      flow.write('same', same, sink('same'));
    });
    expect(graph.nodes.map((node) => (node.kind === 'hold' ? undefined : node.options.schema))).toEqual([
      own,
      undefined,
      declared,
      undefined,
    ]);
  });

  it('refuses a schema of a source that is none, and columns to partition by that the source does not have', () => {
    const odd = refusal((flow) =>
      flow.source('raw', { ...source(), schema: wrong<Schema<{ n: number }>>('n int32') }),
    );
    expect(odd.message).toContain("flow.source('raw', ...) in pipeline 'flights': option schema");
    const known = { ...source(), schema: defineSchema({ n: float64() }) };
    const missing = refusal((flow) =>
      flow.write('days', flow.source('raw', known), { ...sink('days'), requires: ['day'] }),
    );
    expect(missing.message).toContain('day');
  });

  it('lets an output have the name of its stage', () => {
    const graph = declareGraph('flights', (flow) =>
      flow.write('raw', flow.source('raw', source()), sink('a')),
    );
    expect(graph.outputs).toHaveLength(1);
  });

  it('refuses an asynchronous declaration', () => {
    expect(refusal(wrong(async (flow: Flow) => void flow.source('raw', source()))).message).toContain(
      'asynchronous',
    );
  });

  it('refuses a pipeline without outputs, showing how to declare one', () => {
    expect(refusal((flow) => flow.source('raw', source())).message).toContain(
      "flow.write('name', stage, parquet(",
    );
  });

  it.each([
    ['an empty name', '', 'is empty'],
    ['a slash', 'a/b', "contains '/'"],
    ['a hash', 'a#1', "'#'"],
    ['a directory', '..', 'means a directory'],
    ['a control character', 'a\nb', '"a\\nb"'],
    ['a number', wrong<string>(3), 'must be a string, not number'],
    ['null', wrong<string>(null), 'must be a string, not null'],
    ['spaces around', ' a', 'space'],
    ['more than 120 characters', 'x'.repeat(121), 'longer than 120'],
  ])('refuses %s as a name', (_what, name, part) => {
    expect(refusal((flow) => flow.source(name, source())).message).toContain(part);
    expect(refusal((flow) => flow.write(name, flow.source('raw', source()), sink('a'))).message).toContain(
      part,
    );
  });

  it('refuses two stages, and two outputs, of one name', () => {
    const stages = refusal((flow) => {
      flow.source('raw', source());
      flow.source('raw', source());
    });
    expect(stages.message).toBe("Pipeline 'flights' has two stages named 'raw'. Rename one of them.");
    expect(stages.context).toEqual({ pipeline: 'flights', stage: 'raw' });
    const outputs = refusal((flow) => {
      const raw = flow.source('raw', source());
      flow.write('a', raw, sink('a'));
      flow.write('a', raw, sink('b'));
    });
    expect(outputs.message).toContain("two outputs named 'a'");
  });

  it.each([
    ['undefined', undefined],
    ['a plain object', {}],
    ['an Observable', EMPTY],
    ['a name', 'raw'],
  ])('refuses %s as a handle, naming the call', (_what, handle) => {
    const error = refusal((flow) => flow.stage('late', wrong<Stage<number>>(handle), map(String)));
    expect(error.message).toContain("flow.stage('late', ...) in pipeline 'flights'");
    expect(refusal((flow) => flow.write('out', wrong<Stage<unknown>>(handle), sink('a'))).message).toContain(
      'handle',
    );
    expect(refusal((flow) => flow.hold(wrong<Stage<unknown>>(handle))).message).toContain('handle');
    expect(refusal((flow) => flow.combine('c', [wrong<Stage<unknown>>(handle)], (a) => a)).message).toContain(
      'handle',
    );
  });

  it('refuses the handle of another pipeline, naming both', () => {
    let foreign: Stage<{ n: number }> | undefined;
    declareGraph('other', (flow) => {
      foreign = flow.source('theirs', source());
      flow.write('out', foreign, sink('a'));
    });
    const error = refusal((flow) => flow.write('mine', wrong<Stage<unknown>>(foreign), sink('b')));
    expect(error.message).toContain("'theirs' of pipeline 'other'");
  });

  it('refuses to declare after the declaration has ended', () => {
    let late: Flow | undefined;
    declareGraph('flights', (flow) => {
      late = flow;
      flow.write('a', flow.source('raw', source()), sink('a'));
    });
    expect(() => late?.source('more', source())).toThrow("declare 'more' inside it");
  });

  it.each([
    ['a function of a row', (row: { n: number }) => ({ n: row.n })],
    ['a function that throws on a stream', (row: { name: string }) => row.name.trim()],
    ['a factory that was not called', map],
    ['an Observable', EMPTY],
    ['nothing', undefined],
  ])('refuses %s where an operator is expected', (_what, operator) => {
    const error = refusal((flow) =>
      flow.stage(
        'late',
        flow.source('raw', source()),
        wrong<OperatorFunction<{ n: number }, unknown>>(operator),
      ),
    );
    expect(error.message).toContain("flow.stage('late', ...)");
    expect(error.message).toContain('map((row) => ...)');
  });

  it.each([
    ['a path', 'out/a.csv', "the path 'out/a.csv'"],
    ['a function', () => undefined, 'a function'],
    ['an object', { name: 'csv' }, 'object'],
    ['nothing', undefined, 'undefined'],
  ])('refuses %s where a sink is expected, showing the form', (_what, value, got) => {
    const error = refusal((flow) => flow.write('out', flow.source('raw', source()), wrong(value)));
    expect(error.message).toContain(got);
    expect(error.message).toContain("flow.write('out', stage, parquet('out/out'))");
  });

  it('refuses what is not a source or not a join', () => {
    expect(refusal((flow) => flow.source('raw', wrong<Source<unknown>>([1, 2]))).message).toContain(
      'fromIterable(items)',
    );
    const joined = refusal((flow) => flow.combine('c', [flow.source('raw', source())], wrong(of(1))));
    expect(joined.message).toContain('function of streams');
    expect(refusal((flow) => flow.combine('c', [], () => EMPTY)).message).toContain(
      'needs the stages it joins',
    );
  });

  it('refuses unknown options and values out of range, saying what is allowed', () => {
    const declare = (options: unknown) => (flow: Flow) =>
      flow.write('a', flow.source('raw', source()), sink('a'), wrong(options));
    expect(refusal(declare({ retries: 3 })).message).toContain('it has retry, timeoutMs');
    expect(() => declareGraph('p', declare({ writeBytes: '8GiB' }))).not.toThrow();
    expect(() => declareGraph('p', declare({ writeBytes: 8 * 2 ** 30 }))).not.toThrow();
    expect(refusal(declare({ writeBytes: '8 gigs' })).message).toContain(
      "writeBytes must be an amount of bytes such as 33554432 or '32MiB', not 8 gigs",
    );
    expect(refusal(declare({ writeRows: 0 })).message).toContain(
      'writeRows must be a whole number above 0, not 0',
    );
    expect(refusal(declare({ slow: 'fast' })).message).toContain("'pace' or 'spill', not fast");
    expect(refusal(declare({ retry: 3 })).message).toContain('retry must be a function');
    expect(refusal(declare(7)).message).toContain('pass an object');
    const schema = (flow: Flow) => flow.source('raw', source(), wrong({ schema: { n: 'int' } }));
    expect(refusal(schema).message).toContain('defineSchema');
  });

  it('refuses a partition column that the declared schema lacks', () => {
    const error = refusal((flow) => {
      const raw = flow.source('raw', testSource([[{ n: 1, day: 'x' }]]), {
        schema: defineSchema({ n: float64(), day: utf8() }),
      });
      flow.write('a', flow.hold(raw), testSink('a', ['state']));
    });
    expect(error.message).toContain("needs the column 'state'");
    expect(error.message).toContain('It has n, day');
  });

  it('holds a stage at most once', () => {
    declareGraph('flights', (flow) => {
      const raw = flow.source('raw', source());
      const held = flow.hold(raw);
      expect(flow.hold(raw)).toBe(held);
      expect(flow.hold(held)).toBe(held);
      flow.write('a', held, sink('a'));
    });
  });
});

describe('output locations', () => {
  const twoAt = (a: string, b: string) => (flow: Flow) => {
    const raw = flow.source('raw', source());
    flow.write('one', raw, sink(a));
    flow.write('two', raw, sink(b));
  };

  it('refuses two outputs on one place, however it is written', () => {
    expect(refusal(twoAt('x', 'x')).message).toContain('write to the same place');
    expect(refusal(twoAt('x/', './y/../x')).message).toContain("'one' (out/x/)");
    expect(refusal(twoAt('a\\b', 'a/b')).message).toContain('same place');
  });

  it('refuses one output inside another, in either order, naming the inner one first', () => {
    expect(refusal(twoAt('x', 'x/y')).message).toMatch(/^Output 'two' .* lies inside output 'one'/);
    expect(refusal(twoAt('x/y/z', 'x')).message).toMatch(/^Output 'one' .* lies inside output 'two'/);
  });

  it('allows neighbours whose names begin alike', () => {
    expect(declareGraph('flights', twoAt('x', 'xy')).outputs).toHaveLength(2);
  });

  it('ignores sinks without a location and places on other schemes', () => {
    const nowhere = { ...sink('x'), location: undefined };
    const bucket = { ...sink('x'), location: { scheme: 's3', path: '/out/x', kind: 'directory' as const } };
    const graph = declareGraph('flights', (flow) => {
      const raw = flow.source('raw', source());
      flow.write('a', raw, sink('x'));
      flow.write('b', raw, nowhere);
      flow.write('c', raw, nowhere);
      flow.write('d', raw, bucket);
    });
    expect(checkLocations(graph)).toEqual([]);
  });

  it('warns of places that differ only in case or Unicode form', () => {
    expect(describeGraph(declareGraph('flights', twoAt('Daily', 'daily'))).warnings[0]).toContain(
      'case-insensitive',
    );
    expect(describeGraph(declareGraph('flights', twoAt('caf\u00e9', 'cafe\u0301'))).warnings).toHaveLength(1);
  });
});

describe('checkAcyclic', () => {
  const stage = (name: string, from: string) => ({
    kind: 'stage' as const,
    name,
    from,
    operator: (s: Observable<unknown>) => s,
    options: {},
  });

  it('refuses a cycle, drawing it in the direction of the data', () => {
    const graph: Graph = {
      name: 'p',
      nodes: [stage('a', 'c'), stage('b', 'a'), stage('c', 'b')],
      outputs: [],
    };
    expect(() => checkAcyclic(graph)).toThrow("'a' -> 'b' -> 'c' -> 'a'");
  });

  it('refuses a stage that reads itself, and one that reads what is not there', () => {
    expect(() => checkAcyclic({ name: 'p', nodes: [stage('a', 'a')], outputs: [] })).toThrow(
      "cycle: 'a' -> 'a'",
    );
    expect(() => checkAcyclic({ name: 'p', nodes: [stage('a', 'b')], outputs: [] })).toThrow(
      "reads 'b', which is not declared",
    );
  });

  it('accepts a diamond', () => {
    const nodes = [
      { kind: 'source' as const, name: 's', source: source(), options: {} },
      stage('a', 's'),
      stage('b', 's'),
      { kind: 'combine' as const, name: 'c', inputs: ['a', 'b'], join: merge, options: {} },
    ];
    expect(() => checkAcyclic({ name: 'p', nodes, outputs: [] })).not.toThrow();
  });
});
