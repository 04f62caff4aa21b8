import { describe, expect, it } from 'vitest';
import { fakeWorkers, voidSink } from '../pool/pool-fixtures.js';
import type { Sink } from '../sink/sink.js';
import { fromIterable } from '../source/from-iterable.js';
import { pipeline } from './pipeline.js';
import type { Report } from './report.js';

/** A sink that takes part in groups, and keeps nothing. */
function memberSink<R>(parts: { readonly begin?: string; readonly decide?: string } = {}): Sink<R> {
  const { begin = '({ skip: false, staging: null })', decide = '{}' } = parts;
  const text = `export default {
    name: 'member',
    begin: async () => ${begin},
    open: async () => { throw new Error('never asked') },
    commit: async () => ({ rows: 0, bytes: 0, files: 0 }),
    abort: async () => {},
    group: () => ({
      kind: 'member',
      place: () => 'here',
      open: async () => {},
      prepare: async () => {},
      decide: async () => ${decide},
    }),
  }`;
  const url = `data:text/javascript,${encodeURIComponent(text)}`;
  return { ...voidSink<R>(), name: 'member', module: { url, options: {} } };
}

const reportOf = (a: Sink<{ n: number }>, b: Sink<{ n: number }>): Promise<Report> =>
  pipeline('grouped', (flow) => {
    const rows = flow.source('rows', fromIterable([{ n: 1 }, { n: 2 }]));
    flow.commitGroup('nightly', [flow.write('a', rows, a), flow.write('b', rows, b)]);
  }).run({ workers: 1, startThread: fakeWorkers().startThread }).settled;

describe('a run with a group', () => {
  it('is through when every member can be published', async () => {
    const { state, groups } = await reportOf(memberSink(), memberSink());
    expect(state).toBe('completed');
    expect(groups).toMatchObject([{ state: 'done' }]);
  });

  it('is incomplete, not failed, when nobody knows whether the group is decided', async () => {
    const failing = (context: string): string =>
      `{ throw Object.assign(new Error('EIO'), { name: 'TailraceError', code: 'STORE_FAILED', status: 'permanent', ` +
      `operation: 'decide', context: ${context} }) }`;
    const unknown = memberSink<{ n: number }>({ decide: failing(`{ decision: 'unknown' }`) });
    expect((await reportOf(memberSink(), unknown)).groups).toMatchObject([{ state: 'incomplete' }]);
    const refused = memberSink<{ n: number }>({ decide: failing('{}') });
    expect((await reportOf(memberSink(), refused)).groups).toMatchObject([{ state: 'failed' }]);
  });

  it('ends when a member wants to leave its target as it is: none is published, and both say why', async () => {
    const { outputs, groups } = await reportOf(memberSink({ begin: '({ skip: true })' }), memberSink());
    expect(groups).toMatchObject([{ state: 'failed' }]);
    expect(outputs.map(({ error }) => error?.code)).toEqual(['PLAN_INVALID', 'PLAN_INVALID']);
    for (const { error } of outputs) expect(error?.message).toContain('leave its target as it is');
  });
});
