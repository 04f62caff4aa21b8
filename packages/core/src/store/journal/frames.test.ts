import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrames, encodeFrame, maxRecordBytes, preamble } from './frames.js';

const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 6 });
const journalOf = (contents: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat([preamble, ...contents.map(encodeFrame)]));
const payloadsIn = (bytes: Uint8Array): Uint8Array[] =>
  decodeFrames(bytes, 'j').frames.map(({ payload }) => Uint8Array.from(payload));
const lastFrame = (contents: readonly Uint8Array[]): number => journalOf(contents.slice(0, -1)).length;

describe('the frames of a journal', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(payloads, (contents) => {
        const bytes = journalOf(contents);
        expect(payloadsIn(bytes)).toEqual(contents);
        expect(decodeFrames(bytes, 'j').soundBytes).toBe(bytes.length);
      }),
    );
  });

  it('are a prefix of what was written wherever the file is cut, and only the last one is lost', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), (contents, at) => {
        const bytes = journalOf(contents);
        const cut = at % (bytes.length + 1);
        const { frames, soundBytes } = decodeFrames(bytes.subarray(0, cut), 'j');
        const whole = contents.filter((_, index) => journalOf(contents.slice(0, index + 1)).length <= cut);
        expect(frames.map(({ payload }) => Uint8Array.from(payload))).toEqual(whole);
        expect(soundBytes).toBe(cut < preamble.length ? 0 : journalOf(whole).length);
      }),
    );
  });

  it('with a flipped bit before the last frame are an error, in it the frames before', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.integer({ min: 0, max: 7 }), (contents, at, bit) => {
        const bytes = journalOf(contents);
        const flipped = at % bytes.length;
        bytes[flipped] = (bytes[flipped] ?? 0) ^ (1 << bit);
        if (flipped < lastFrame(contents)) {
          expect(() => decodeFrames(bytes, 'j')).toThrow(
            expect.objectContaining({ code: 'JOURNAL_CORRUPT', status: 'permanent' }),
          );
        } else expect(payloadsIn(bytes)).toEqual(contents.slice(0, -1));
      }),
      { numRuns: 1_000 },
    );
  });

  it('survive a torn last record whose bytes are zeros or leftovers of the disk', () => {
    fc.assert(
      fc.property(payloads, fc.uint8Array({ maxLength: 200 }), fc.boolean(), (contents, rest, zeros) => {
        const tail = zeros ? new Uint8Array(rest.length) : rest;
        expect(payloadsIn(new Uint8Array(Buffer.concat([journalOf(contents), tail])))).toEqual(contents);
      }),
    );
  });

  it('of a file that is no journal are refused with what to do', () => {
    const text = new TextEncoder().encode('{"some": "other file"}\n');
    expect(() => decodeFrames(text, '/jobs/j')).toThrow(
      /\/jobs\/j is damaged at byte 0.*remove the directory/,
    );
  });

  it('are an error where more bytes follow than one record may have', () => {
    const tail = new Uint8Array(maxRecordBytes + 13);
    const bytes = new Uint8Array(Buffer.concat([journalOf([]), tail]));
    expect(() => decodeFrames(bytes, 'j')).toThrow(/more bytes follow than one record may have/);
  });
});
