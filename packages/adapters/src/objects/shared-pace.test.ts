// Two real threads with a client each of one store: what the store says to one of them is heard by the other.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { s3 } from '../s3/index.js';

/** Waits are as long as they may be, so that they can be told from none. */
const program = `
import { parentPort, workerData } from 'node:worker_threads';
Math.random = () => 0.999;
const post = BroadcastChannel.prototype.postMessage;
BroadcastChannel.prototype.postMessage = function (message) {
  post.call(this, message);
  // All other threads have it in their queues now.
  parentPort.postMessage('told');
};
const { default: store } = await import(workerData.url);
const look = (path) => store.files.open({ options: workerData.options, path, signal: new AbortController().signal });
await look('s3://bucket/warm');
parentPort.on('message', async (path) => {
  // What was broadcast before this message was sent has been heard by then.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const file = await look(path);
  parentPort.postMessage(file.bytes);
}, 60_000);
parentPort.postMessage('ready');
`;

const refusals = 4;

it('a SlowDown in one thread slows the other one', async () => {
  let refused = 0;
  let refusedAt = 0;
  let othersCallAt = 0;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://host').pathname;
    if (path === '/bucket/other') othersCallAt = performance.now();
    if (path === '/bucket/refused' && refused < refusals) {
      refused += 1;
      refusedAt = performance.now();
      response.writeHead(503).end();
    } else response.writeHead(200, { etag: '"1"', 'content-length': '7' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Of a server that listens on a port.
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { url, options } = s3({ endpoint, forcePathStyle: true, region: 'us-east-1' });
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const start = (): Worker =>
    new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`), {
      workerData: { url, options },
      env,
    });
  const said = (worker: Worker): Promise<unknown> =>
    new Promise((resolve, reject) =>
      worker.on('message', (message) => message !== 'told' && resolve(message)).once('error', reject),
    );
  const [one, other] = [start(), start()];
  try {
    await Promise.all([said(one), said(other)]);
    let told = 0;
    const isTold = new Promise<void>((resolve) => {
      one.on('message', (message) => {
        if (message === 'told') told += 1;
        if (told === refusals) resolve();
      });
    });
    const first = said(one);
    const second = said(other);
    one.postMessage('s3://bucket/refused');
    await isTold;
    other.postMessage('s3://bucket/other');
    expect(await Promise.all([first, second])).toEqual([7, 7]);
    // The fourth wait of a hundred milliseconds that double; a call that knew of none would take a few. By the time of the refusal:
    // however late this thread is, the wait begins after that.
    expect(othersCallAt - refusedAt).toBeGreaterThan(700);
  } finally {
    await Promise.all([one.terminate(), other.terminate()]);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}, 60_000);
