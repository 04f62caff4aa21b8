import { map, merge } from 'rxjs';
import { expect, it } from 'vitest';
import { date, defineSchema, float64, nullable } from '../batch/schema.js';
import { declareGraph } from './declare.js';
import { describeGraph } from './describe.js';
import { numbered, testSink, testSource } from './runtime-fixtures.js';

it('describes nodes, edges and outputs as data', () => {
  const described = describeGraph(
    declareGraph('flights', (flow) => {
      const raw = flow.source('raw', testSource([[{ day: new Date(0), delay: 1 }]]), {
        schema: defineSchema({ day: date(), delay: nullable(float64()) }) as never,
      });
      const late = flow.stage(
        'late',
        raw,
        map((row) => ({ ...row, late: true })),
      );
      const both = flow.combine('both', [raw, late, raw], (a, b, c) => merge(a, b, c));
      flow.write('all', both, testSink('all'));
      flow.write('kept', flow.hold(late), testSink('kept'));
    }),
  );
  expect(described.name).toBe('flights');
  expect(described.nodes).toEqual([
    { name: 'raw', kind: 'source', schema: 'day date, delay float64?', used: true },
    { name: 'late', kind: 'stage', schema: undefined, used: true },
    { name: 'both', kind: 'combine', schema: undefined, used: true },
    { name: 'late (held)', kind: 'hold', schema: undefined, used: true },
  ]);
  expect(described.edges).toEqual([
    { from: 'raw', to: 'late', input: 0 },
    { from: 'raw', to: 'both', input: 0 },
    { from: 'late', to: 'both', input: 1 },
    { from: 'raw', to: 'both', input: 2 },
    { from: 'late', to: 'late (held)', input: 0 },
  ]);
  expect(described.outputs).toEqual([
    { name: 'all', from: 'both', sink: 'test', target: 'out/all' },
    { name: 'kept', from: 'late (held)', sink: 'test', target: 'out/kept' },
  ]);
  expect(described.warnings).toEqual([]);
  expect(described.mermaid).toBe(
    [
      'flowchart LR',
      '  n0(["raw"])',
      '  n1["late"]',
      '  n2{{"both"}}',
      '  n3[("late #40;held#41;")]',
      '  o0[/"all<br/>test: out/all"/]',
      '  o1[/"kept<br/>test: out/kept"/]',
      '  n0 --> n1',
      '  n0 --> n2',
      '  n1 --> n2',
      '  n0 --> n2',
      '  n1 --> n3',
      '  n2 ==> o0',
      '  n3 ==> o1',
      '',
    ].join('\n'),
  );
});

it('warns of stages that no output needs, with everything only they need', () => {
  const described = describeGraph(
    declareGraph('flights', (flow) => {
      const raw = flow.source('raw', testSource(numbered(1)));
      flow.write('all', raw, testSink('all'));
      flow.stage(
        'idle',
        flow.stage(
          'above idle',
          raw,
          map((row) => row),
        ),
        map((row) => row),
      );
    }),
  );
  expect(described.nodes.filter((node) => !node.used).map((node) => node.name)).toEqual([
    'above idle',
    'idle',
  ]);
  expect(described.warnings).toEqual([
    "No output needs 'above idle': it is not computed. Write it, or remove it.",
    "No output needs 'idle': it is not computed. Write it, or remove it.",
  ]);
  expect(described.mermaid).toContain('["idle"]:::unused');
});

it('lets no name break out of its label', () => {
  const { mermaid } = describeGraph(
    declareGraph('flights', (flow) => {
      const raw = flow.source('"]; click n0 "javascript:alert(1)', testSource(numbered(1)));
      flow.write('<b>`x`</b>'.replace('/', ''), raw, { ...testSink('a'), target: 'a\nb --> c' });
    }),
  );
  expect(mermaid).toContain('(["#34;#93;#59; click n0 #34;javascript:alert#40;1#41;"])');
  expect(mermaid).toContain('"#60;b#62;#96;x#96;#60;b#62;<br/>test: a b --#62; c"');
  expect(mermaid.split('\n')).toHaveLength(5);
});
