import { describe, expect, it } from 'vitest';
import { PlanError } from '../errors/named-errors.js';
import type { Sink, WriteMode } from '../sink/sink.js';
import { declareGraph, type Flow } from './declare.js';
import { describeGraph } from './describe.js';
import type { OutputRef } from './handle.js';
import { createRunGroups } from './run-groups.js';
import { numbered, testSink, testSource } from './runtime-fixtures.js';

type Members = readonly [OutputRef, OutputRef];
interface Outputs {
  readonly a: OutputRef;
  readonly b: OutputRef;
  readonly c: OutputRef;
}

/** What JavaScript may pass; the type checker is silenced on purpose. */
const wrong = (value: unknown): Members => value as Members;

function declared(group: (flow: Flow, outputs: Outputs) => void, mode: WriteMode = 'overwrite') {
  return declareGraph('flights', (flow) => {
    const raw = flow.source('raw', testSource(numbered(3)));
    const sink = (path: string): Sink<unknown> => ({ ...testSink(path), mode });
    const write = (name: string): OutputRef => flow.write(name, raw, sink(name));
    group(flow, { a: write('a'), b: write('b'), c: write('c') });
  });
}

function refusal(...of: Parameters<typeof declared>): PlanError {
  try {
    declared(...of);
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
  throw new Error('The declaration was accepted.');
}

describe('a declared group', () => {
  it('is plain data, in the order in which it was named', () => {
    const graph = declared((flow, { a, b, c }) => flow.commitGroup('nightly', [c, a, b]));
    expect(graph.groups).toEqual([{ name: 'nightly', outputs: ['c', 'a', 'b'] }]);
  });

  it.each([
    ['is empty', () => [], 'needs two outputs or more'],
    ['has one output', ({ a }: Outputs) => [a], 'needs two outputs or more'],
    ['is no array', ({ a }: Outputs) => a, 'needs two outputs or more'],
    ['names an output by its text', ({ a }: Outputs) => [a, 'b'], 'got string that is no output'],
    [
      'has a handle that looks like one',
      ({ a }: Outputs) => [a, { name: 'b' }],
      'got object that is no output',
    ],
    ['names an output twice', ({ a, b }: Outputs) => [a, b, a], "names 'a' twice"],
  ])('is refused when it %s', (_, members, problem) => {
    const error = refusal((flow, outputs) => flow.commitGroup('nightly', wrong(members(outputs))));
    expect(error.message).toContain(problem);
    expect(error.message).toContain("flow.commitGroup('nightly', ...) in pipeline 'flights'");
    expect(error).toMatchObject({ code: 'PLAN_INVALID', context: { pipeline: 'flights' } });
  });

  it('is refused for an output of another declaration', () => {
    let foreign: OutputRef | undefined;
    declared((_, { a }) => {
      foreign = a;
    });
    const error = refusal((flow, { b }) => flow.commitGroup('nightly', wrong([foreign, b])));
    expect(error.message).toContain('no output of this declaration');
  });

  it('is refused for an output that is in another group already, which is named', () => {
    const error = refusal((flow, { a, b, c }) => {
      flow.commitGroup('nightly', [a, b]);
      flow.commitGroup('weekly', [b, c]);
    });
    expect(error.message).toContain("names 'b', which is in group 'nightly' already");
    expect(error.context).toMatchObject({ output: 'b' });
  });

  it('is refused under the name of another group, and under none', () => {
    const second = refusal((flow, { a, b, c }) => {
      flow.commitGroup('nightly', [a, b]);
      flow.commitGroup('nightly', wrong([c]));
    });
    expect(second.message).toContain('the second group of that name');
    expect(refusal((flow, { a, b }) => flow.commitGroup('', [a, b])).message).toContain('name of a group');
  });

  it('is refused for an output that may stay old: mode ignore', () => {
    const error = refusal((flow, { a, b }) => flow.commitGroup('nightly', [a, b]), 'ignore');
    expect(error.message).toContain("names 'a', whose mode is ignore");
  });

  it('is refused once the declaration has ended', () => {
    let late = (): void => undefined;
    declared((flow, { a, b }) => {
      late = () => flow.commitGroup('late', [a, b]);
    });
    expect(late).toThrow(/has ended; declare 'late' inside it/);
  });

  it('is drawn as a frame around its outputs, and described as data', () => {
    const described = describeGraph(declared((flow, { a, c }) => flow.commitGroup('night & day', [c, a])));
    expect(described.groups).toEqual([{ name: 'night & day', outputs: ['c', 'a'] }]);
    expect(described.mermaid).toContain(
      ['  subgraph g0["commit together: night #38; day"]', '    o2 & o0', '  end'].join('\n'),
    );
    const without = describeGraph(declared(() => undefined));
    expect(without.groups).toEqual([]);
    expect(without.mermaid).not.toContain('subgraph');
  });
});

describe('the groups of a run', () => {
  const graph = declared((flow, { a, b, c }) => flow.commitGroup('nightly', [a, b, c]));
  const groupsOf = (...left: string[]) => createRunGroups(graph, new Set(left), () => 'id-1');

  it('hold the outputs that this run writes', () => {
    const groups = groupsOf('a', 'c');
    expect(groups.of('a')).toBeDefined();
    expect(groups.of('a')).toBe(groups.of('c'));
    expect(groups.of('b')).toBeUndefined();
    expect(groups.facts()).toEqual([{ name: 'nightly', outputs: ['a', 'b', 'c'], mayBeDecided: false }]);
  });

  it('let the only one that is left commit alone', () => {
    expect(groupsOf('b').of('b')).toBeUndefined();
    expect(groupsOf().of('b')).toBeUndefined();
  });
});
