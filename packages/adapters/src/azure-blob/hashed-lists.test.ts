import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, expect, it, vi } from 'vitest';
import { connectAzure } from './connect.js';

const { signal } = new AbortController();
afterEach(() => vi.unstubAllEnvs());

interface Seen {
  readonly method: string | undefined;
  readonly md5: unknown;
  readonly body: string;
}

/** What a service that takes everything is asked when an upload is completed, and then looked for. */
async function seenOf(credentials: string, name: string): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ method: request.method, md5: request.headers['content-md5'], body });
    response.statusCode = request.method === 'PUT' ? 201 : 404;
    response.setHeader('etag', '"1"');
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const endpoint = `http://127.0.0.1:${address.port}/${name}`;
  vi.stubEnv('AZURE_STORAGE_CONNECTION_STRING', `BlobEndpoint=${endpoint};${credentials}`);
  try {
    const connection = await connectAzure({
      partBytes: 8 * 2 ** 20,
      partsInFlight: 1,
      timeoutMs: 5_000,
      isTrusted: false,
      account: undefined,
      endpoint,
    });
    const client = connection.client('c');
    const upload = { key: 'k', id: 'u' };
    const parts = [{ number: 1, tag: Buffer.from('a block').toString('base64') }];
    expect(await client.completeUpload({ upload, parts, metadata: {} }, signal)).toMatchObject({
      kind: 'done',
    });
    expect(await client.head('k', signal)).toMatchObject({ kind: 'absent' });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return seen;
}

const key = Buffer.from('a key').toString('base64');

it.each([
  [`DefaultEndpointsProtocol=http;AccountName=keyed;AccountKey=${key};`, 'keyed'],
  ['SharedAccessSignature=sv=2024-01-01&sig=of-a-test;', 'signed'],
])(
  'a list of blocks goes with its MD5, which the SDK does not send by itself (%#)',
  async (credentials, name) => {
    const [list, look] = await seenOf(credentials, name);
    expect(list?.body).toContain('<Latest>YSBibG9jaw==</Latest>');
    const md5 = createHash('md5')
      .update(list?.body ?? '')
      .digest('base64');
    expect(list).toMatchObject({ method: 'PUT', md5 });
    expect(look).toEqual({ method: 'HEAD', md5: undefined, body: '' });
  },
);
