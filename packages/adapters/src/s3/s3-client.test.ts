import { createServer } from 'node:http';
import { GetObjectCommand, HeadObjectCommand, ListPartsCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { s3ObjectClient } from './s3-client.js';

const { signal } = new AbortController();
const thrown = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error('said the service'), { name, $fault: 'client', $metadata: { httpStatusCode } });

/** A bucket of one object that refuses the first looks, and what it was asked for. */
function bucketOf(body: Buffer, refusals: number) {
  const asked: string[] = [];
  let left = refusals;
  const client = {
    async send(command: unknown): Promise<unknown> {
      const facts = { ETag: '"1"', Metadata: {} };
      if (command instanceof HeadObjectCommand) {
        asked.push('head');
        left -= 1;
        if (left >= 0) throw thrown('403', 403);
        return { ...facts, ContentLength: body.length };
      }
      if (!(command instanceof GetObjectCommand)) throw new Error('not in this test');
      const { Range, IfMatch } = command.input;
      asked.push(`get ${Range}${IfMatch === undefined ? '' : ` if ${IfMatch}`}`);
      if (IfMatch !== undefined && IfMatch !== '"1"') throw thrown('PreconditionFailed', 412);
      if (Range === undefined) return { ...facts, ContentLength: body.length, Body: bodyOf(body) };
      const [first = 0, last = 0] = Range.replace('bytes=', '').split('-').map(Number);
      if (first >= body.length) throw thrown('InvalidRange', 416);
      const part = body.subarray(first, last + 1);
      const ContentRange = `bytes ${first}-${first + part.length - 1}/${body.length}`;
      return { ...facts, ContentRange, ContentLength: part.length, Body: bodyOf(part) };
    },
  };
  // Of an S3Client the client calls only this.
  const s3 = client as unknown as S3Client;
  return { asked, client: s3ObjectClient({ client: s3, bucket: 'b', timeoutMs: 1_000 }) };
}

function bodyOf(bytes: Buffer) {
  return { transformToByteArray: async () => new Uint8Array(bytes) };
}

it('a look that was refused asks for one byte, which tells why and how large the object is', async () => {
  const { client, asked } = bucketOf(Buffer.from('a large object'), 1);
  expect(await client.head('k', signal)).toMatchObject({ kind: 'done', value: { bytes: 14, tag: '"1"' } });
  expect(asked).toEqual(['head', 'get bytes=0-0']);
});

it('a look at an empty object that was refused is taken again, once', async () => {
  const once = bucketOf(Buffer.alloc(0), 1);
  expect(await once.client.head('k', signal)).toMatchObject({ kind: 'done', value: { bytes: 0 } });
  const ever = bucketOf(Buffer.alloc(0), 10);
  expect(await ever.client.head('k', signal)).toMatchObject({ kind: 'refused' });
  expect(ever.asked).toEqual(['head', 'get bytes=0-0', 'head']);
});

it('a range of an object of one tag is a precondition when another one is there, or one that ends before', async () => {
  const { client, asked } = bucketOf(Buffer.from('a large object'), 0);
  const part = { start: 2, bytes: 5 };
  expect(await client.get('k', { ...part, tag: '"1"' }, signal)).toMatchObject({ kind: 'done' });
  expect(await client.get('k', { ...part, tag: '"0"' }, signal)).toEqual({ kind: 'precondition' });
  expect(asked).toEqual(['get bytes=2-6 if "1"', 'get bytes=2-6 if "0"']);
  // A service that knows no such condition looks at the range alone.
  expect(await client.get('k', { start: 14, bytes: 1, tag: '"1"' }, signal)).toEqual({
    kind: 'precondition',
  });
  expect(await client.get('k', { start: 14, bytes: 1 }, signal)).toMatchObject({ kind: 'refused' });
});

it('whether an upload has parts is asked for by one of them, and an upload that is gone is told as that', async () => {
  const answers: Readonly<Record<string, object>> = {
    filled: { UploadId: 'filled', Parts: [{ PartNumber: 1 }] },
    empty: { UploadId: 'empty' },
    odd: {},
  };
  const client = {
    async send(command: unknown): Promise<unknown> {
      if (!(command instanceof ListPartsCommand)) throw new Error('not in this test');
      const { UploadId = '', MaxParts } = command.input;
      expect(MaxParts).toBe(1);
      const answer = answers[UploadId];
      if (answer === undefined) throw thrown('NoSuchUpload', 404);
      return answer;
    },
  };
  // Of an S3Client the client calls only this.
  const s3 = client as unknown as S3Client;
  const { hasParts } = s3ObjectClient({ client: s3, bucket: 'b', timeoutMs: 1_000 });
  const of = (id: string) => hasParts({ key: 'k', id }, signal);
  expect(await of('filled')).toEqual({ kind: 'done', value: true });
  expect(await of('empty')).toEqual({ kind: 'done', value: false });
  expect(await of('gone')).toEqual({ kind: 'absent' });
  // What stands before the service has answered.
  expect(await of('odd')).toMatchObject({ kind: 'ambiguous' });
});

const refusal =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchUpload</Code><Message>no</Message></Error>';

it.each([
  ['that is whole', refusal, refusal.length, { kind: 'done' }],
  ['that is cut off', refusal.slice(0, 50), refusal.length, { kind: 'ambiguous' }],
  ['of something that stands before the service', '<html><br></html>', 17, { kind: 'ambiguous' }],
] as const)('an error %s (404) is judged by what could be read of it', async (_, sent, length, judged) => {
  const server = createServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/xml', 'content-length': length });
    // What was written has to leave before the connection ends.
    response.write(sent, () => (sent.length < length ? response.destroy() : response.end()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const sdk = new S3Client({
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'k', secretAccessKey: 's' },
  });
  try {
    const client = s3ObjectClient({ client: sdk, bucket: 'b', timeoutMs: 10_000 });
    expect(await client.abortUpload({ key: 'k', id: 'gone' }, signal)).toMatchObject(judged);
  } finally {
    sdk.destroy();
    server.close();
  }
});
