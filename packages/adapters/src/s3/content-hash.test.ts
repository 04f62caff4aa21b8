import { createHash } from 'node:crypto';
import { CreateMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { hashContent, trustConnection } from './content-hash.js';

const body = Buffer.from('a part');
const sha256 = createHash('sha256').update(body).digest('hex');

/** A client that sends nothing, and tells with which hash it would have. */
function deafClient(endpoint: string, onSend: (hash: string | undefined) => void): S3Client {
  return new S3Client({
    endpoint,
    region: 'r',
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
    requestHandler: {
      async handle({ headers }: { readonly headers: Readonly<Record<string, string>> }) {
        onSend(headers['x-amz-content-sha256']);
        throw new Error('nobody is there');
      },
    },
  });
}

/** What a part would be sent with. */
async function hashSent(endpoint: string, isTrusting: boolean): Promise<string | undefined> {
  let sent: string | undefined;
  const client = deafClient(endpoint, (hash) => {
    sent = hash;
  });
  hashContent(client);
  const part = { Bucket: 'b', Key: 'k', UploadId: 'u', PartNumber: 1, Body: body, ChecksumCRC32: 'y/Q5Jg==' };
  const command = new UploadPartCommand(part);
  if (isTrusting) trustConnection(command);
  await expect(client.send(command)).rejects.toThrow('nobody is there');
  // One without a body is signed as it always is.
  const without = sent;
  await expect(client.send(new CreateMultipartUploadCommand({ Bucket: 'b', Key: 'k' }))).rejects.toThrow();
  expect(sent).toBe(createHash('sha256').digest('hex'));
  return without;
}

it.each(['https://s3.example.com', 'http://127.0.0.1:9000', 'http://localhost:9000', 'http://[::1]:9000'])(
  'a part to %s is left out of the signature: nobody can change it on its way',
  async (endpoint) => {
    expect(await hashSent(endpoint, true)).toBe('UNSIGNED-PAYLOAD');
    expect(await hashSent(endpoint, false)).toBe(sha256);
  },
);

it.each(['http://s3.example.com', 'http://10.0.0.1:9000', 'http://127.0.0.1.example.com'])(
  'a part to %s is in the signature: others are on its way',
  async (endpoint) => {
    expect(await hashSent(endpoint, true)).toBe(sha256);
  },
);

it('a part in the signature is hashed in turns of the event loop, to what the SDK makes of it in one', async () => {
  const large = Buffer.alloc(8 * 2 ** 20, 'a part');
  const sendOf = async (isInTurns: boolean) => {
    let sent: { readonly hash: string | undefined; readonly turns: number } | undefined;
    let turns = 0;
    const client = deafClient('http://s3.example.com', (hash) => {
      sent = { hash, turns };
    });
    if (isInTurns) hashContent(client);
    const part = {
      Bucket: 'b',
      Key: 'k',
      UploadId: 'u',
      PartNumber: 1,
      Body: large,
      ChecksumCRC32: 'y/Q5Jg==',
    };
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    const sending = client.send(new UploadPartCommand(part)).then(over, over);
    for (; sent === undefined && !isOver; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    await sending;
    if (sent === undefined) throw new Error('The SDK has sent nothing.');
    return sent;
  };
  // What the SDK loads when it is first asked takes turns of its own.
  await sendOf(false);
  const [inTurns, inOne] = [await sendOf(true), await sendOf(false)];
  expect(inTurns.hash).toBe(createHash('sha256').update(large).digest('hex'));
  expect(inTurns.hash).toBe(inOne.hash);
  expect(inTurns.turns - inOne.turns).toBeGreaterThanOrEqual(7);
});
