import { describe, expect, test } from 'vitest';
import { ByteBuffer } from './byte-buffer.js';

describe('ByteBuffer', () => {
  test('keeps what was written when it grows', () => {
    const out = new ByteBuffer(1);
    for (let i = 0; i < 1000; i++) out.appendByte(i);
    out.appendBytes(Uint8Array.of(7, 8));
    out.appendUint32(0xdeadbeef);
    expect(out.length).toBe(1006);
    expect(out.written()[999]).toBe(999 & 255);
    expect([...out.written().subarray(1000)]).toEqual([7, 8, 0xef, 0xbe, 0xad, 0xde]);
  });

  test('keeps its memory when it is trimmed to more, and begins as it began when to less', () => {
    const out = new ByteBuffer(16);
    out.appendBytes(new Uint8Array(1000));
    const { bytes } = out;
    out.trim(bytes.length);
    expect(out.length).toBe(0);
    expect(out.bytes).toBe(bytes);
    out.appendByte(1);
    out.trim(bytes.length - 1);
    expect(out.bytes).toHaveLength(16);
    out.appendUint32(0x04030201);
    expect([...out.written()]).toEqual([1, 2, 3, 4]);
  });

  test('writes LEB128 numbers of up to 64 bits', () => {
    const out = new ByteBuffer();
    out.appendVarint(0);
    out.appendVarint(127);
    out.appendVarint(300);
    out.appendVarint(0xffffffff);
    expect([...out.written()]).toEqual([0, 127, 0xac, 2, 255, 255, 255, 255, 15]);
    out.clear();
    out.appendVarint64(-1, -1);
    expect([...out.written()]).toEqual([255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
  });

  test('writes signed numbers so that those near zero are short', () => {
    const out = new ByteBuffer();
    out.appendZigzag64(-1, -1);
    out.appendZigzag64(1, 0);
    out.appendZigzag64(0, -0x80000000);
    expect([...out.written()]).toEqual([1, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
  });
});
