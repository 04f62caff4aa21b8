import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../sink/store.js';
import { appendedManifest, decodeManifest, encodeManifest } from './manifest.js';

const count = fc.nat();
const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.double(),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constant(null),
);
const file = fc.record(
  {
    path: fc.string(),
    rows: count,
    bytes: count,
    checksum: fc.string(),
    partition: fc.dictionary(fc.string(), value),
  },
  { requiredKeys: ['path', 'rows', 'bytes', 'checksum'] },
);
const manifest: fc.Arbitrary<Manifest> = fc.record({
  version: fc.constant(1 as const),
  runId: fc.string(),
  output: fc.string(),
  format: fc.string(),
  schema: fc.string(),
  partitionBy: fc.array(fc.string()),
  rows: count,
  bytes: count,
  files: fc.array(file, { maxLength: 4 }),
});

const plain: Manifest = {
  version: 1,
  runId: 'run',
  output: 'daily',
  format: 'parquet',
  schema: 'day: int64',
  partitionBy: [],
  rows: 5,
  bytes: 50,
  files: [{ path: 'a', rows: 5, bytes: 50, checksum: 'sha256:0' }],
};

describe('a manifest as text', () => {
  it('comes back as it went, every partition value with its type', () => {
    void fc.assert(
      fc.property(manifest, (written) => {
        expect(decodeManifest(encodeManifest(written))).toEqual(written);
      }),
    );
  });

  it('is JSON that other programs read, with int64 as text', () => {
    const partitioned = {
      ...plain,
      files: [{ ...plain.files[0], path: 'a', partition: { day: 2n ** 60n } }],
    };
    const text = encodeManifest(partitioned as Manifest);
    expect(JSON.parse(text)).toMatchObject({
      files: [{ partition: { day: { int64: '1152921504606846976' } } }],
    });
  });

  it('is none of ours when it is cut short at any place', () => {
    const text = encodeManifest(plain).trimEnd();
    for (let length = 0; length < text.length; length += 1) {
      expect(decodeManifest(text.slice(0, length))).toBeUndefined();
    }
  });

  it('is none of ours when a member is missing or of a wrong type, or the version is a later one', () => {
    const members = Object.keys(plain);
    for (const member of members) {
      expect(decodeManifest(JSON.stringify({ ...plain, [member]: undefined })), member).toBeUndefined();
      expect(decodeManifest(JSON.stringify({ ...plain, [member]: { a: 1 } })), member).toBeUndefined();
    }
    expect(decodeManifest(JSON.stringify({ ...plain, version: 2 }))).toBeUndefined();
    const badValue = { ...plain.files[0], partition: { day: { int64: '1.5' } } };
    expect(decodeManifest(JSON.stringify({ ...plain, files: [badValue] }))).toBeUndefined();
  });
});

describe('the manifest of an appended directory', () => {
  const added: Manifest = {
    ...plain,
    runId: 'next',
    files: [{ path: 'b', rows: 7, bytes: 70, checksum: 'sha256:1' }],
  };

  it('is the new run’s and counts the files of both', () => {
    expect(appendedManifest(plain, new Set(['a']), added)).toEqual({
      ...added,
      rows: 12,
      bytes: 120,
      files: [...plain.files, ...added.files],
    });
  });

  it('forgets entries of files that are gone, and counts nothing for files without an entry', () => {
    expect(appendedManifest(plain, new Set(['foreign']), added)).toEqual({ ...added, rows: 7, bytes: 70 });
  });
});
