import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineSchema, float64, int32, nullable, type Schema } from '../batch/schema.js';
import type { Graph, GraphNode, GraphOutput } from './graph.js';
import { graphFingerprint, outputKey } from './resume-key.js';

const schema = defineSchema({ n: int32(), x: float64() });
const source = (name: string, of: Schema | undefined = schema): GraphNode => ({
  kind: 'source',
  name,
  source: { name, async *open() {} },
  options: { schema: of },
});
const stage = (name: string, from: string, of?: Schema): GraphNode => ({
  kind: 'stage',
  name,
  from,
  operator: (input) => input,
  options: { schema: of },
});
interface Declared {
  readonly pipeline?: string;
  readonly version?: string;
  readonly output?: string;
  readonly from?: string;
  readonly url?: string;
  readonly target?: string;
  readonly options?: unknown;
  readonly identity?: unknown;
  readonly nodes?: readonly GraphNode[];
}
const nodes: readonly GraphNode[] = [
  source('raw'),
  source('other'),
  stage('s', 'raw'),
  stage('beside', 'other'),
];

function declared(init: Declared = {}): { readonly graph: Graph; readonly output: GraphOutput } {
  const { url = 'file:///app/dist/sink.js', options = { path: 'out', codec: 'zstd' }, target = 'out' } = init;
  const sink = {
    name: 'parquet',
    module: { url, options },
    location: undefined,
    target,
    single: false,
    requires: [],
    identity: init.identity,
    reserveBytes: 0,
  };
  const output: GraphOutput = { name: init.output ?? 'o', from: init.from ?? 's', sink, options: {} };
  const graph: Graph = {
    name: init.pipeline ?? 'p',
    version: init.version,
    nodes: init.nodes ?? nodes,
    outputs: [output],
  };
  return { graph, output };
}
const keyOf = (init?: Declared, fingerprint: string | null = 'one', other: string | null = 'x'): string => {
  const { graph, output } = declared(init);
  return outputKey(
    graph,
    output,
    new Map([
      ['raw', fingerprint],
      ['other', other],
    ]),
  );
};
const optionsOf = (options: unknown): string => keyOf({ options });

/** The same data with the keys of every object in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}
const plain = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value;

describe('the key of an output', () => {
  it('is equal for equal declarations, whatever the order of keys in their options', () => {
    fc.assert(
      fc.property(plain, (options) => {
        expect(optionsOf(reversed(options))).toBe(optionsOf(structuredClone(options)));
      }),
    );
  });

  it('is another one for other options', () => {
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        fc.pre(!same(a, b));
        expect(optionsOf(a)).not.toBe(optionsOf(b));
      }),
    );
  });

  it('is that of what its sink says that it is known by, not of all its options, where it says so', () => {
    const known = (identity: unknown, token: string) => keyOf({ identity, options: { token } });
    expect(known({ path: 'out' }, 'a')).toBe(known({ path: 'out' }, 'b'));
    expect(known({ path: 'out' }, 'a')).not.toBe(known({ path: 'in' }, 'a'));
    expect(known(undefined, 'a')).toBe(optionsOf({ token: 'a' }));
    expect(known(undefined, 'a')).not.toBe(known(undefined, 'b'));
  });

  it.each<[what: string, key: string]>([
    ['version', keyOf({ version: '2' })],
    ['pipeline', keyOf({ pipeline: 'q' })],
    ['output', keyOf({ output: 'other' })],
    ['stage it is written from', keyOf({ from: 'raw' })],
    ['target', keyOf({ target: 'elsewhere' })],
    ['module', keyOf({ url: 'file:///app/dist/other.js' })],
    ['fingerprint of its source', keyOf({}, 'two')],
    ['source that has none', keyOf({}, null)],
    ['schema above it', keyOf({ nodes: [source('raw', defineSchema({ n: int32() })), ...nodes.slice(1)] })],
    [
      'column that may be null',
      keyOf({
        nodes: [source('raw', defineSchema({ n: int32(), x: nullable(float64()) })), ...nodes.slice(1)],
      }),
    ],
    ['schema declared where none was', keyOf({ nodes: [...nodes.slice(0, 2), stage('s', 'raw', schema)] })],
    ['stage between', keyOf({ nodes: [nodes[0] as GraphNode, stage('t', 'raw'), stage('s', 't')] })],
  ])('is another one for another %s', (_, key) => {
    expect(key).not.toBe(keyOf());
  });

  it('does not depend on what stands beside, on where a module is installed, or on what is undefined', () => {
    expect(keyOf({}, 'one', 'another')).toBe(keyOf());
    expect(keyOf({ nodes: [nodes[0] as GraphNode, stage('s', 'raw')] })).toBe(keyOf());
    const inner = (url: string) => optionsOf({ format: { url, options: { level: 3 } } });
    expect(inner('file:///app/dist/csv.js')).toBe(inner('file:///elsewhere/csv.js'));
    expect(inner('file:///app/dist/csv.js')).not.toBe(inner('file:///app/dist/ndjson.js'));
    expect(optionsOf({ path: 'out', left: undefined })).toBe(optionsOf({ path: 'out' }));
  });

  it('tells values apart that look alike', () => {
    const values = [
      0,
      -0,
      '0',
      0n,
      null,
      'null',
      false,
      [],
      {},
      new Map(),
      new Set(),
      /a/,
      /b/,
      /b/i,
      new Uint8Array(1).buffer,
      Uint8Array.of(1).buffer,
      new Date(0),
      Number.NaN,
      '',
    ];
    expect(new Set(values.map((value) => optionsOf({ value }))).size).toBe(values.length);
  });
});

it('options in circles have a key, which is another one where they lead elsewhere', () => {
  const circle = (to: 'all' | 'inner') => {
    const inner: Record<string, unknown> = {};
    const all = { inner };
    inner.back = to === 'all' ? all : inner;
    return optionsOf(all);
  };
  expect(circle('all')).toBe(circle('all'));
  expect(circle('all')).not.toBe(circle('inner'));
});

describe('the fingerprint of a pipeline', () => {
  it('is of its name, its version and its stages, not of its outputs', () => {
    const of = (init?: Declared): string => graphFingerprint(declared(init).graph);
    expect(of({ output: 'other', target: 'elsewhere' })).toBe(of());
    for (const other of [{ version: '2' }, { pipeline: 'q' }, { nodes: nodes.slice(0, 3) }]) {
      expect(of(other)).not.toBe(of());
    }
  });
});

/** Whether two values are the same, as options go: minus zero is not zero. */
function same(a: unknown, b: unknown): boolean {
  try {
    expect(a).toStrictEqual(b);
    return true;
  } catch {
    return false;
  }
}
