import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import sink from './http-lines.js';

let server: Server;
let url: string;
let onRequest: () => void;

/** A service that takes every request and answers none. */
beforeEach(async () => {
  onRequest = () => {};
  server = createServer(() => onRequest());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const output = { output: 'lines', runId: 'run' };
const context = { ...output, staging: '/staged/run/lines', schema: { fields: [] }, prepared: [] };
const never = new AbortController().signal;

test('a commit that is not answered in time fails, and may be tried again', async () => {
  await expect(
    sink.commit({ ...context, options: { url, timeoutMs: 20 }, signal: never }),
  ).rejects.toMatchObject({
    code: 'SINK_FAILED',
    status: 'temporary',
    message: expect.stringContaining('was not answered within 20 ms'),
  });
});

test('removing what was staged does not wait for ever either', async () => {
  await expect(sink.abort({ ...context, options: { url, timeoutMs: 20 } })).rejects.toThrow('within 20 ms');
});

test('a request ends at once when it is cancelled', async () => {
  const controller = new AbortController();
  onRequest = () => controller.abort(new Error('enough'));
  await expect(sink.commit({ ...context, options: { url }, signal: controller.signal })).rejects.toThrow(
    'enough',
  );
});

test('a service that is not there is said to be so', async () => {
  const gone = 'http://127.0.0.1:1';
  await expect(sink.commit({ ...context, options: { url: gone }, signal: never })).rejects.toMatchObject({
    status: 'temporary',
    message: expect.stringContaining(`See whether the service at ${gone} runs`),
  });
});
