import { systemClock } from '@tailrace/core';
import { expect, it } from 'vitest';
import { openServer } from './server.js';

it('a trace that cannot be written is an answer that says so, and the end of nothing', async () => {
  const server = await openServer({
    port: 0,
    token: 'right',
    files: new Map([['/', { type: 'text/html', body: 'the page' }]]),
    greeting: () => [],
    trace: () => {
      throw new RangeError('Invalid string length');
    },
    clock: systemClock,
  });
  try {
    const origin = `http://127.0.0.1:${server.port}`;
    const answer = await fetch(`${origin}/trace.json`, { headers: { authorization: 'Bearer right' } });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain('cannot be written: Invalid string length');
    expect(await (await fetch(origin)).text()).toBe('the page');
  } finally {
    await server.close();
  }
});
