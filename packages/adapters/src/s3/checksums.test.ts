import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { afterEach, expect, it, vi } from 'vitest';
import { connectS3 } from './connect.js';
import { crcOf } from './part-checks.js';

const { signal } = new AbortController();
const sums = ['x-amz-content-sha256', 'x-amz-checksum-crc32'] as const;
afterEach(() => vi.unstubAllEnvs());

/** A service that takes everything, and what the headers of bodies were; it states a CRC-32 when it is one that verifies. */
async function serviceOf(isVerifying: boolean) {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    seen.push(request.headers);
    const crc = request.headers['x-amz-checksum-crc32'];
    if (isVerifying && typeof crc === 'string') response.setHeader('x-amz-checksum-crc32', crc);
    response.setHeader('etag', '"1"');
    response.end();
  });
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
    endpoint: `http://127.0.0.1:${address.port}`,
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
