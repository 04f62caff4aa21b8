import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { afterEach, expect, it, vi } from 'vitest';
import { type KeyAndCertificate, selfSigned } from '../spark/testing/self-signed.js';
import { connectS3 } from './connect.js';
import { crcOf } from './part-checks.js';

const { signal } = new AbortController();
const sums = ['x-amz-content-sha256', 'x-amz-checksum-crc32'] as const;
afterEach(() => vi.unstubAllEnvs());

/**
 * A service that takes everything, and what the headers of bodies were; it states a CRC-32 when it is one that verifies.
 * @param tls of a service that is reached by https
 */
async function serviceOf(isVerifying: boolean, tls?: KeyAndCertificate) {
  const seen: IncomingHttpHeaders[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for await (const _ of request);
    seen.push(request.headers);
    const crc = request.headers['x-amz-checksum-crc32'];
    if (isVerifying && typeof crc === 'string') response.setHeader('x-amz-checksum-crc32', crc);
    response.setHeader('etag', '"1"');
    response.end();
  };
  const server =
    tls === undefined
      ? createServer(answer)
      : createSecureServer({ key: tls.key, cert: tls.certificate }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'of-a-test');
  const connection = await connectS3({
    partBytes: 8 * 2 ** 20,
    partsInFlight: 1,
    timeoutMs: 5_000,
    isTrusted: false,
    region: 'us-east-1',
    endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    forcePathStyle: true,
    profile: undefined,
  });
  return {
    client: connection.client('b'),
    sums: () => seen.map((headers) => sums.map((name) => headers[name])),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it('every body goes with a checksum: a whole one with its SHA-256, a part with its CRC-32', async () => {
  const body = Buffer.from('a body');
  const sha256 = createHash('sha256').update(body).digest('hex');
  const service = await serviceOf(true);
  try {
    expect(await service.client.put({ key: 'k', body }, signal)).toMatchObject({ kind: 'done' });
    const part = await service.client.putPart({ key: 'k', id: 'u' }, 1, body, signal);
    expect(part).toMatchObject({ kind: 'done' });
    expect(service.sums()).toEqual([
      [sha256, undefined],
      ['UNSIGNED-PAYLOAD', crcOf(body)],
    ]);
    // Made while the body was gathered, they are not made again.
    const made = service.client.hashPart?.();
    for (const piece of ['a ', 'body']) made?.update(Buffer.from(piece));
    const hash = made?.digest();
    const other = Buffer.from('damaged since');
    await service.client.put({ key: 'k', body: other, sha256 }, signal);
    await service.client.putPart({ key: 'k', id: 'u' }, 2, other, signal, hash);
    expect(service.sums().slice(2)).toEqual(service.sums().slice(0, 2));
  } finally {
    await service.stop();
  }
});

it('a whole body goes with its SHA-256 on an encrypted connection as well', async () => {
  // Nobody has signed the certificate but the test.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const body = Buffer.from('a body');
  const service = await serviceOf(true, selfSigned());
  try {
    expect(await service.client.put({ key: 'k', body }, signal)).toMatchObject({ kind: 'done' });
    expect(service.sums()).toEqual([[createHash('sha256').update(body).digest('hex'), undefined]]);
  } finally {
    await service.stop();
  }
});

it('a part to a service that does not say that it verified the CRC-32 ends with its SHA-256 in the signature', async () => {
  const body = Buffer.from('a part');
  const sha256 = createHash('sha256').update(body).digest('hex');
  const service = await serviceOf(false);
  try {
    for (const number of [1, 2])
      expect(await service.client.putPart({ key: 'k', id: 'u' }, number, body, signal)).toMatchObject({
        kind: 'done',
      });
    expect(service.sums()).toEqual([
      ['UNSIGNED-PAYLOAD', crcOf(body)],
      [sha256, crcOf(body)],
      [sha256, undefined],
      [sha256, undefined],
    ]);
  } finally {
    await service.stop();
  }
});
