import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeText } from './safe-text.js';

describe('a text from elsewhere', () => {
  it('keeps its credentials to itself', () => {
    const texts = [
      's3://key:hidden@host/bucket',
      'https://host/container?sig=hidden',
      'PUT https://host/x?X-Amz-Signature=hidden answered 403',
      'the server said: password=hidden',
      'the server said: pass\u001b[0mword=hidden',
    ];
    for (const text of texts)
      expect([text, safeText(text)]).toEqual([text, expect.not.stringContaining('hidden')]);
  });

  it('is one line that neither moves the cursor, nor colours, nor turns what follows', () => {
    expect(safeText('\u001b[2J\u001b[31mall is well\u001b[0m\r\nreally\u202e\u0007\u009b2J')).toBe(
      'all is well really',
    );
    expect(safeText('\u001b]0;title\u0007text\u001b]8;;https://elsewhere\u001b\\link')).not.toMatch(
      /\p{Cc}/u,
    );
  });

  it('stays as it is where it is harmless', () => {
    const harmless = 'Schreiben nach out/größe=3/データ failed: EACCES, open "/x" (13)';
    expect(safeText(harmless)).toBe(harmless);
  });

  it('is cut where it is long', () => {
    const long = safeText(`it failed: ${'x'.repeat(5_000_000)}`);
    expect(long).toHaveLength(1_024);
    expect(long).toMatch(/^it failed: x+…$/);
  });

  it('has no control character and a limited length, whatever it was', () => {
    const pieces = fc.constantFrom(
      '\u001b',
      '[',
      ']',
      '\u009b',
      '\u0007',
      ';',
      '31m',
      '\n',
      'a://',
      '@',
      '?',
      'token=',
    );
    const anything = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' })), { maxLength: 60 });
    fc.assert(
      fc.property(anything, (parts) => {
        const shown = safeText(parts.join(''));
        expect(shown).not.toMatch(/\p{Cc}/u);
        expect(shown.length).toBeLessThanOrEqual(1_024);
      }),
    );
  });
});
