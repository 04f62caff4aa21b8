import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pythonBytes } from './python-bytes.js';

/** As Python's `repr` writes bytes, with octal and hexadecimal escapes chosen by chance. */
function literal(bytes: readonly number[], octal: boolean): string {
  const cells = bytes.map((byte) => {
    if (byte === 92 || byte === 39) return `\\${String.fromCharCode(byte)}`;
    if (byte === 10) return '\\n';
    if (byte >= 32 && byte < 127) return String.fromCharCode(byte);
    return octal ? `\\${byte.toString(8).padStart(3, '0')}` : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `b'${cells.join('')}'`;
}

describe('a bytes literal of Python', () => {
  it('gives back the bytes that it was written from', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255)), fc.boolean(), (bytes, octal) => {
        const text = `AddSerializedFile(\n    ${literal(bytes, octal)}\n)`;
        expect([...pythonBytes(text, text.indexOf('(') + 1)]).toEqual(bytes);
      }),
    );
  });

  it('may stand in double quotes and hold single ones', () => {
    expect([...pythonBytes(`b"it's \\"\\t"`, 0)]).toEqual([...Buffer.from(`it's "\t`)]);
  });

  it.each([
    ['none', 'x = 1', /no bytes literal/],
    ['an open one', "b'abc", /not closed/],
    ['an unknown escape', "b'\\q'", /unknown escape \\q/],
  ])('that is %s is refused', (_what, text, message) => {
    expect(() => pythonBytes(text, 0)).toThrow(message);
  });
});
