import { describe, expect, it, vi } from 'vitest';
import { fakeWorkers, voidSink } from '../pool/pool-fixtures.js';
import type * as Settings from '../pool/settings.js';
import { fromIterable } from '../source/from-iterable.js';
import { pipeline } from './pipeline.js';

vi.mock('../pool/settings.js', async (original) => {
  const settings = await original<typeof Settings>();
  const memoryOf: typeof Settings.memoryOf = (...args) => {
    const memory = settings.memoryOf(...args);
    return { ...memory, scratch: { ...memory.scratch, close: () => Promise.reject(new Error('busy')) } };
  };
  return { ...settings, memoryOf };
});

describe('a run whose scratch storage cannot be removed', () => {
  it('ends all the same, and says so', async () => {
    const run = pipeline('numbers', (flow) => {
      flow.write('one', flow.source('rows', fromIterable([{ n: 1 }, { n: 2 }, { n: 3 }])), voidSink());
    }).run({ workers: 1, startThread: fakeWorkers().startThread });
    const report = await run.settled;
    expect([report.state, report.outputs[0]?.state]).toEqual(['failed', 'done']);
    expect(run.getSnapshot()).toMatchObject({ status: 'done', value: 'failed' });
    await expect(run.completed).rejects.toThrow(/could not remove its scratch storage: busy/);
  });
});
