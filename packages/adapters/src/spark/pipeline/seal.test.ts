import { describe, expect, it } from 'vitest';
import { seal, sealKey, unseal } from './seal.js';

describe('what is sealed', () => {
  it('is read with the key of this process, and is another text each time', () => {
    const [one, other] = [seal(['hunter2', 'b']), seal(['hunter2', 'b'])];
    expect(unseal(one, sealKey)).toEqual(['hunter2', 'b']);
    expect(one).not.toBe(other);
    expect(Buffer.from(one, 'base64').toString('latin1')).not.toContain('hunter2');
  });

  it('is empty where there is nothing, and needs no key then', () => {
    expect(seal([])).toBe('');
    expect(unseal('', '')).toEqual([]);
  });

  it('is read with no other key, and not when it was changed', () => {
    const sealed = seal(['hunter2']);
    const otherKey = Buffer.alloc(32, 7).toString('base64');
    expect(() => unseal(sealed, otherKey)).toThrow(/another process, or another copy/);
    const bytes = Buffer.from(sealed, 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(() => unseal(bytes.toString('base64'), sealKey)).toThrow(/another process, or another copy/);
  });
});
