// Whatever the code of a sink throws, in whatever form, reaches the main thread as a TailraceError, and fails only its output.
import {
  customSink,
  fromIterable,
  isTailraceError,
  none,
  pipeline,
  type Sink,
  TailraceError,
} from '@tailrace/core';
import { describe, expect, it } from 'vitest';

interface Row {
  readonly n: number;
}
const counting = `let rows = 0; return { write: (batch) => { rows += batch.rows }, async abort() {},
  prepare: async () => ({ rows, bytes: 0, files: [], part: null }) }`;
const sinkOf = (name: string, parts: Readonly<Record<string, string>>): Sink<Row> => {
  const { begin = 'return { skip: false, staging: null }', open = counting, commit = '' } = parts;
  const code = `export default { name: '${name}', begin: async () => { ${begin} }, open: async () => { ${open} },
    commit: async () => { ${commit}; return { rows: 0, bytes: 0, files: 0 } }, abort: async () => {} }`;
  return customSink<Row>(`data:text/javascript,${encodeURIComponent(code)}`, {}, { name, target: name });
};

/** What an output fails of whose sink runs these statements. */
async function failureOf(
  step: 'begin' | 'open' | 'write' | 'prepare' | 'commit',
  statements: string,
  workers: number,
): Promise<TailraceError> {
  const parts =
    step === 'write'
      ? { open: `return { write() { ${statements} }, prepare() {}, async abort() {} }` }
      : step === 'prepare'
        ? { open: `return { write() {}, async prepare() { ${statements} }, async abort() {} }` }
        : { [step]: statements };
  const run = pipeline('thrown', (flow) => {
    const rows = flow.source('rows', fromIterable([{ n: 1 }, { n: 2 }]));
    flow.write('bad', rows, sinkOf('bad', parts), { retry: none() });
    flow.write('good', rows, sinkOf('good', {}));
  }).run({ workers });
  const failure: unknown = await run.completed.catch((error: unknown) => error);
  const { outputs } = await run.settled;
  expect(outputs.map(({ name, state }) => [name, state])).toEqual([
    ['bad', 'failed'],
    ['good', 'done'],
  ]);
  if (failure instanceof AggregateError && isTailraceError(failure.errors[0])) return failure.errors[0];
  throw new Error('The run did not fail with a TailraceError.', { cause: failure });
}

const proxy = `const no = () => { throw 1 };
  throw new Proxy(new Error('x'), { get: no, has: no, getPrototypeOf: no, ownKeys: no, getOwnPropertyDescriptor: no })`;
const cases: readonly [string, string, object, RegExp][] = [
  ['null', 'throw null', { code: 'SINK_FAILED', status: 'temporary' }, /a thrown null/],
  ['a string', `throw 'out of ink'`, { code: 'SINK_FAILED', status: 'temporary' }, /out of ink/],
  [
    'an object without text',
    'throw Object.create(null)',
    { code: 'SINK_FAILED' },
    /a thrown object that has no text/,
  ],
  ['a proxy', proxy, { code: 'SINK_FAILED' }, /a thrown object that has no text/],
  [
    'an error whose message throws',
    `throw Object.defineProperty(new Error(), 'message', { get() { throw 1 } })`,
    { code: 'SINK_FAILED' },
    /whose message cannot be read/,
  ],
  [
    'an error with what cannot be cloned',
    `throw Object.assign(new Error('odd'), { f() {}, cause: { g() {} } })`,
    { code: 'SINK_FAILED' },
    /odd/,
  ],
  [
    'an errno that may pass',
    `throw Object.assign(new Error('full'), { code: 'ENOSPC' })`,
    { code: 'SINK_FAILED', status: 'temporary', context: { errno: 'ENOSPC' } },
    /full/,
  ],
  [
    'an errno for good, deep inside',
    `throw new Error('outer', { cause: Object.assign(new Error('no'), { code: 'EACCES' }) })`,
    { code: 'SINK_FAILED', status: 'permanent', context: { errno: 'EACCES' } },
    /outer/,
  ],
  [
    'several at once',
    `throw new AggregateError([new Error('first'), Object.assign(new Error('second'), { code: 'EROFS' })], 'both')`,
    { code: 'SINK_FAILED', status: 'permanent', cause: { message: 'both', cause: { message: 'first' } } },
    /both/,
  ],
  [
    'a DOMException',
    `structuredClone(() => {})`,
    { code: 'SINK_FAILED', status: 'permanent' },
    /could not be cloned/,
  ],
  [
    'an abort of its own',
    'AbortSignal.abort().throwIfAborted()',
    { code: 'SINK_FAILED', status: 'temporary' },
    /abort/,
  ],
  [
    'what looks like a cancel',
    `throw Object.assign(new Error('mine'), { code: 'CANCELLED', status: 'permanent', operation: 'x' })`,
    { code: 'CANCELLED', status: 'permanent' },
    /mine/,
  ],
];

describe.each([{ workers: 1 }, { workers: 0 }])('thrown in a sink, with $workers workers', ({ workers }) => {
  it.each(cases)('%s', async (_, statements, facts, message) => {
    const error = await failureOf('write', statements, workers);
    expect(error).toBeInstanceOf(TailraceError);
    expect(error).toMatchObject(facts);
    expect(error.message).toMatch(message);
  });

  it.each(['begin', 'open', 'prepare', 'commit'] as const)('null in its %s', async (step) => {
    const error = await failureOf(step, 'throw null', workers);
    expect(error).toMatchObject({ code: 'SINK_FAILED', status: 'temporary' });
    expect(error.message).toMatch(/a thrown null/);
  });
});

it('process.abort in a worker fails its output, not the process', async () => {
  const guarded = `(await import('node:worker_threads')).isMainThread || process.abort()`;
  const error = await failureOf('open', guarded, 1);
  expect(error).toMatchObject({ code: 'SINK_FAILED' });
  expect(error.message).toMatch(/process\.abort\(\) is not supported/);
});
