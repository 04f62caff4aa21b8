// Owns the proof that the dictionaries of a stream are bounded together, deltas and those of several columns included.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as arrow from 'apache-arrow';
import { DictionaryBatch } from 'apache-arrow/ipc/metadata/message';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArrow } from './read-arrow.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-arrow-'));
});
afterAll(() => rm(folder, { recursive: true }));

const words = ['a'.repeat(100), 'b'.repeat(100)];
const ofWords = (id: number): arrow.Vector =>
  arrow.vectorFromArray(words, new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), id));
/** A schema, a dictionary for each of two columns, a batch, and the end mark. */
const [schema, one, other, batch, end] = partsOf(
  arrow.tableToIPC(new arrow.Table({ one: ofWords(1), other: ofWords(2) }), 'stream'),
) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const rows = words.map((word) => ({ one: word, other: word }));
const dictionaryBytes = messageIn(one).bodyLength;

function partsOf(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const rest = bytes.subarray(at);
    const length = metadataBytesOf(rest);
    const part = rest.subarray(0, 8 + length + (length === 0 ? 0 : messageIn(rest).bodyLength));
    parts.push(part);
    at += part.length;
  }
  return parts;
}

function metadataBytesOf(part: Uint8Array): number {
  return new DataView(part.buffer, part.byteOffset).getInt32(4, true);
}

function messageIn(part: Uint8Array): arrow.Message {
  return arrow.Message.decode(part.subarray(8, 8 + metadataBytesOf(part)));
}

/** The same words once more, to be added to those that are there. */
function deltaOf(part: Uint8Array): Uint8Array {
  const { bodyLength } = messageIn(part);
  const header: unknown = messageIn(part).header();
  if (!(header instanceof DictionaryBatch)) throw new Error('no dictionary');
  const delta = new DictionaryBatch(header.data, header.id, true);
  const metadata = arrow.Message.encode(arrow.Message.from(delta, bodyLength));
  const head = Buffer.alloc(8 + Math.ceil(metadata.length / 8) * 8);
  head.writeUInt32LE(0xffff_ffff, 0);
  head.writeInt32LE(head.length - 8, 4);
  head.set(metadata, 8);
  return Buffer.concat([head, part.subarray(part.length - bodyLength)]);
}

async function readAll(maxBatchBytes: number, ...parts: readonly Uint8Array[]): Promise<object[]> {
  const path = join(folder, 'words.arrows');
  await writeFile(path, Buffer.concat([schema, ...parts, end]));
  const found: object[] = [];
  for await (const chunk of readArrow(path, { maxBatchBytes }).open(new AbortController().signal))
    found.push(...chunk);
  return found;
}

describe('the dictionaries of a stream', () => {
  const limit = 5 * dictionaryBytes;
  const deltas = (count: number): Uint8Array[] => Array.from({ length: count }, () => deltaOf(one));

  it('may have together what a batch may have, deltas included', async () => {
    expect(await readAll(limit, one, other, ...deltas(3), batch)).toEqual(rows);
    const first = schema.length + one.length + other.length + 3 * deltaOf(one).length;
    await expect(readAll(limit, one, other, ...deltas(4), batch)).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(
        new RegExp(`brings the dictionaries to ${6 * dictionaryBytes} bytes.*Raise maxBatchBytes`),
      ),
      context: { byte: first, limit },
    });
  });

  it('give back their room where another takes their place', async () => {
    const again = [one, ...deltas(3), batch];
    expect(await readAll(limit, one, other, batch, ...again, ...again, ...again)).toEqual(
      Array.from({ length: 4 }, () => rows).flat(),
    );
  });
});
