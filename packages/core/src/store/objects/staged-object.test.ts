import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createLanes } from './lanes.js';
import { type CallFault, memoryBucket } from './memory-objects.js';
import { objectsOf } from './objects.js';
import { hurriedClock } from './objects-bench.js';
import { createPace } from './pace.js';
import { stagedObject } from './staged-object.js';

const partBytes = 8;
const lanes = 2;

/** Writes a file in parts; gives back what is there then, and the memory that each try of a part was sent from. */
async function upload(
  text: string,
  faultOfPart: (attempt: number) => CallFault | undefined = () => undefined,
) {
  const bucket = memoryBucket();
  let attempts = 0;
  const client = bucket.client((_, name) => {
    if (name !== 'putPart') return undefined;
    attempts += 1;
    return faultOfPart(attempts);
  });
  const sentFrom: { readonly number: number; readonly memory: ArrayBufferLike }[] = [];
  const sums: {
    readonly body: string;
    readonly hash: string | undefined;
    readonly sha256?: string | undefined;
  }[] = [];
  const objects = objectsOf({
    client: {
      ...client,
      // Of which it can be told what it was made of.
      hashPart() {
        const pieces: string[] = [];
        return {
          update: (piece) => void pieces.push(Buffer.from(piece).toString()),
          digest: () => `hash of ${pieces.join('')}`,
        };
      },
      put(put, signal) {
        sums.push({ body: Buffer.from(put.body).toString(), hash: put.hash, sha256: put.sha256 });
        return client.put(put, signal);
      },
      putPart(to, number, body, signal, hash) {
        sentFrom.push({ number, memory: body.buffer });
        sums.push({ body: Buffer.from(body).toString(), hash });
        return client.putPart(to, number, body, signal);
      },
    },
    pace: createPace({ clock: hurriedClock(), random: () => 0.5 }),
    about: { path: 'memory://bucket/file', output: 'file' },
    signal: new AbortController().signal,
  });
  const landing = { key: 'file', metadata: {}, mayBePut: true };
  const file = stagedObject({ objects, landing, partBytes, lanes: createLanes(lanes) });
  for (let at = 0; at < text.length; at += 3) await file.write(Buffer.from(text.slice(at, at + 3)));
  await file.close();
  return { stored: Buffer.from(bucket.stored.get('file')?.body ?? []).toString(), sentFrom, sums };
}

const text = Array.from({ length: 50 }, (_, at) => `line ${at}\n`).join('');

it('a long file is sent from the memory of one part more than may be in flight', async () => {
  const { stored, sentFrom } = await upload(text);
  expect(stored).toBe(text);
  expect(sentFrom).toHaveLength(Math.ceil(text.length / partBytes));
  expect(new Set(sentFrom.map(({ memory }) => memory)).size).toBe(lanes + 1);
});

it('memory of a part that was cut off is not used again: what is on its way may still be read', async () => {
  const { stored, sentFrom } = await upload(text, (attempt) => (attempt % 5 === 0 ? 'after' : undefined));
  expect(stored).toBe(text);
  const tries = new Map<number, typeof sentFrom>();
  for (const sent of sentFrom) tries.set(sent.number, [...(tries.get(sent.number) ?? []), sent]);
  const cutOff = [...tries.values()].filter(({ length }) => length > 1);
  expect(cutOff.length).toBeGreaterThan(5);
  for (const [{ memory, number } = { memory: undefined, number: 0 }] of cutOff) {
    const last = sentFrom.findLastIndex((sent) => sent.number === number);
    expect(sentFrom.slice(last + 1).some((sent) => sent.memory === memory)).toBe(false);
  }
});

it('each part comes with the checksum that was made while it was gathered, also when it is sent again', async () => {
  const { sums, sentFrom } = await upload(text, (attempt) => (attempt % 5 === 0 ? 'after' : undefined));
  expect(sums).toHaveLength(sentFrom.length);
  for (const { body, hash } of sums) expect(hash).toBe(`hash of ${body}`);
});

it('a small file that is one write comes with that checksum and with its SHA-256, which is made once', async () => {
  const { sums } = await upload('small');
  const sha256 = createHash('sha256').update('small').digest('hex');
  expect(sums).toEqual([{ body: 'small', hash: 'hash of small', sha256 }]);
});

/** A file that waits in write(): another one has the only lane. */
async function waitingFile() {
  const bucket = memoryBucket();
  const life = new AbortController();
  const objects = objectsOf({
    client: bucket.client(),
    pace: createPace({ clock: hurriedClock(), random: () => 0.5 }),
    about: { path: 'memory://bucket/file', output: 'file' },
    signal: life.signal,
  });
  const only = createLanes(1);
  const others = await only.take(new AbortController().signal);
  let waits = (): void => undefined;
  const isWaiting = new Promise<void>((resolve) => {
    waits = resolve;
  });
  const shared = {
    ...only,
    take(signal: AbortSignal) {
      waits();
      return only.take(signal);
    },
  };
  const landing = { key: 'file', metadata: {}, mayBePut: true };
  const file = stagedObject({ objects, landing, partBytes, lanes: shared });
  const ended = file.write(Buffer.from('more than one part')).then(
    () => 'written',
    (error: unknown) => error,
  );
  await isWaiting;
  return { bucket, life, only, others, file, ended };
}

it('a write that waits for others ends when its run is aborted, with the reason of that', async () => {
  const { life, ended } = await waitingFile();
  const reason = new Error('enough');
  life.abort(reason);
  expect(await ended).toBe(reason);
});

it('a write that waits for others sends nothing once its file was aborted, and takes no lane away', async () => {
  const { bucket, only, others, file, ended } = await waitingFile();
  await file.abort();
  others.giveBack();
  expect(await ended).toMatchObject({ code: 'CLOSED' });
  expect(bucket.uploads.size).toBe(0);
  (await only.take(new AbortController().signal)).giveBack();
});
