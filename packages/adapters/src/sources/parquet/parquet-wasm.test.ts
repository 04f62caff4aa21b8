import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readParquet } from './read-parquet.js';

/** Twelve rows of one column of text, `row 1` to `row 11` and a null for every fifth, compressed with Snappy. */
const whole = Buffer.from(
  'UEFSMRUEFaQBFWJMFRIVAAAAUiAFAAAAcm93IDERCQAyEQkAMxEJADQRCQA2EQkANxEJADgRCSg5BgAAAHJvdyAxMRUAFSIV' +
    'JiwVGBUQFQYVBgAAEUADAAAABd4LBAUQMlR2CAAAABkRAhkYBXJvdyAxGRgFcm93IDkVAhkWBgAZHBaGARVIFgAAABUCGSxI' +
    'BnNjaGVtYRUCABUMJQIYAXQlAEwcAAAAFhgZHBkcJgAcFQwZNQAGEBkYAXQVAhYYFoQCFsYBJoYBJggcNgYoBXJvdyA5GAVy' +
    'b3cgMRERABksFQQVABUCABUAFRAVAgAAFoACFRYWzgEVMgAWhAIWGCYIFsYBFAAAGRwYDEFSUk9XOnNjaGVtYRjMAS8vLy8v' +
    'NUFBQUFBWUFBQUFBQUFBQUF3QUZ3QVVBQllBRUFBSUFBQUFBQUFRQUFBQUFBQUFBQUFBQUFBQUFBQUFFQUFBQUFRQUFRQUlB' +
    'QWdBQUFBRUFBZ0FBQUFFQUFBQUFRQUFBQndBQUFBU0FCSUFCQUFRQUJFQUNBQUFBQXdBQUFBQUFBQUFBQUFZQUFBQUVBQUFB' +
    'Q0FBQUFBZ0FBQUFBUVVBQUFFQUFBQjBBQUFBQUFBQUFBUUFCQUFBQUFBQUNBQUFBQUFBQUFBPQAYFnRhaWxyYWNlIHZlcnNp' +
    'b24gMC4wLjAZHBwAAAB7AQAAUEFSMQ==',
  'base64',
);
/** A byte of its first page header; with zero here parquet-wasm 0.8.0 panics. */
const fatal = 13;

async function textsOf(path: string): Promise<unknown[]> {
  const texts: unknown[] = [];
  for await (const chunk of readParquet<{ t: string | null }>(path).open(new AbortController().signal)) {
    texts.push(...chunk.map(({ t }) => t));
  }
  return texts;
}

const wanted = Array.from({ length: 12 }, (_, n) => (n % 5 === 0 ? null : `row ${n}`));

let folder: string;
let good: string;
let broken: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-decoder-'));
  good = join(folder, 'good.parquet');
  broken = join(folder, 'broken.parquet');
  writeFileSync(good, whole);
  const damaged = Buffer.from(whole);
  damaged[fatal] = 0;
  writeFileSync(broken, damaged);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('a file at which the decoder panics', () => {
  it('is named, and what to do, without the words of the engine', async () => {
    await expect(textsOf(broken)).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: `'${broken}' is damaged: row group 0, column 't' cannot be decoded (the decoder gave up on it). Write or fetch it again; other files can be read all the same.`,
      cause: { name: 'DecoderFailure', cause: { name: 'RuntimeError' } },
    });
  });

  it('is the last one for that instance of the decoder: the next file has a new one', async () => {
    // The types of Node have WebAssembly as a namespace of types alone.
    const { WebAssembly: engine } = globalThis as unknown as { WebAssembly: { Instance: new () => object } };
    const { Instance } = engine;
    let made = 0;
    engine.Instance = new Proxy(Instance, {
      construct(target, given) {
        made += 1;
        return Reflect.construct(target, given);
      },
    });
    try {
      await textsOf(good);
      made = 0;
      expect(await textsOf(good)).toEqual(wanted);
      expect(made).toBe(0);
      await expect(textsOf(broken)).rejects.toThrow('gave up');
      expect(await textsOf(good)).toEqual(wanted);
      expect(await textsOf(good)).toEqual(wanted);
      expect(made).toBe(1);
    } finally {
      engine.Instance = Instance;
    }
  });

  it('does not touch the instance that others in the thread have', async () => {
    const require = createRequire(import.meta.url);
    const theirs: unknown = require('parquet-wasm');
    await expect(textsOf(broken)).rejects.toThrow('gave up');
    await textsOf(good);
    expect(require('parquet-wasm')).toBe(theirs);
  });
});
