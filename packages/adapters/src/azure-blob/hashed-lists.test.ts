import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { afterEach, expect, it, vi } from 'vitest';
import { selfSigned } from '../spark/testing/self-signed.js';
import { connectAzure } from './connect.js';

const { signal } = new AbortController();
afterEach(() => vi.unstubAllEnvs());

// Who runs this test is nobody that a token could be had for.
vi.mock('@azure/identity', () => ({
  DefaultAzureCredential: class {
    async getToken() {
      return { token: 'of-a-test', expiresOnTimestamp: Date.now() + 3_600_000 };
    }
  },
}));

interface Seen {
  readonly method: string | undefined;
  readonly md5: unknown;
  readonly scheme: string | undefined;
  readonly body: string;
}

/**
 * What a service that takes everything is asked when an upload is completed, and then looked for.
 * @param credentials of a connection string; undefined for a token, which the SDK sends on TLS alone
 */
async function seenOf(credentials: string | undefined, name: string): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { authorization, 'content-md5': md5 } = request.headers;
    seen.push({ method: request.method, md5, scheme: authorization?.split(' ')[0], body });
    response.statusCode = request.method === 'PUT' ? 201 : 404;
    response.setHeader('etag', '"1"');
    response.end();
  };
  const isToken = credentials === undefined;
  const tls = isToken ? selfSigned() : undefined;
  const server = tls
    ? createSecureServer({ key: tls.key, cert: tls.certificate }, answer)
    : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const endpoint = `${isToken ? 'https' : 'http'}://127.0.0.1:${address.port}/${name}`;
  vi.stubEnv(
    'AZURE_STORAGE_CONNECTION_STRING',
    isToken ? undefined : `BlobEndpoint=${endpoint};${credentials}`,
  );
  // Nobody has signed the certificate but the test.
  if (isToken) vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
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
  {
    name: 'keyed',
    scheme: 'SharedKey',
    credentials: `DefaultEndpointsProtocol=http;AccountName=keyed;AccountKey=${key};`,
  },
  { name: 'signed', scheme: undefined, credentials: 'SharedAccessSignature=sv=2024-01-01&sig=of-a-test;' },
  { name: 'token', scheme: 'Bearer', credentials: undefined },
])(
  'a list of blocks goes with its MD5, which the SDK does not send by itself, whatever signs it ($name)',
  async ({ credentials, name, scheme }) => {
    const [list, look] = await seenOf(credentials, name);
    expect(list?.body).toContain('<Latest>YSBibG9jaw==</Latest>');
    const md5 = createHash('md5')
      .update(list?.body ?? '')
      .digest('base64');
    expect(list).toMatchObject({ method: 'PUT', md5, scheme });
    expect(look).toEqual({ method: 'HEAD', md5: undefined, scheme, body: '' });
  },
);
