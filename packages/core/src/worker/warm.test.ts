// What a worker does when it is told to load what attempts of a sink will need.
import { describe, expect, it } from 'vitest';
import type { FromWorker } from '../wire/messages.js';
import { serveAttempts } from './serve.js';

/** @param warm the body of its function */
const moduleWith = (warm: string): string => `data:text/javascript,let state = 'cold'; export default {
  name: 'loading',
  warm() { ${warm} },
  begin: async () => {},
  open: async () => { throw new Error('opened ' + state) },
  commit: async () => {},
  abort: async () => {},
}`;
const attempt = (url: string) => ({
  attemptId: 'a/0#1',
  output: 'a',
  runId: 'run',
  write: 0,
  attempt: 1,
  schema: { fields: [] },
  sink: { url, options: {} },
  staging: null,
  inspect: false,
});

/** What a worker says that was told to warm a sink, and is then given an attempt at it: no more than of the attempt. */
async function opened(url: string): Promise<FromWorker | undefined> {
  const said: FromWorker[] = [];
  const startup = { name: 'w1.1', memoryLimitBytes: 0 };
  const server = serveAttempts(startup, { post: (message) => said.push(message), stopped: () => {} });
  server.receive({ type: 'worker.warm', sink: { url, options: {} } });
  server.receive({ type: 'attempt.start', spec: attempt(url) });
  await expect.poll(() => said.map(({ type }) => type)).toEqual(['attempt.moved', 'attempt.failed']);
  return said[1];
}

describe('a worker that is told to warm a sink', () => {
  it('has it load, and says nothing of that', async () => {
    expect(await opened(moduleWith(`state = 'warm'`))).toMatchObject({
      type: 'attempt.failed',
      error: { message: expect.stringContaining('opened warm') },
    });
  });

  it.each([
    ['a sink that cannot load', moduleWith(`throw new Error('cannot')`), 'opened cold'],
    ['a module that is not there', 'file:///no/such/sink.js', 'could not be loaded'],
  ])('leaves it to the attempt to tell of %s', async (_what, url, message) => {
    expect(await opened(url)).toMatchObject({
      type: 'attempt.failed',
      error: { message: expect.stringContaining(message) },
    });
  });
});
