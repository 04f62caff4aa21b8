import { expect, it } from 'vitest';
import { cleanBeginning, cleanText } from './clean-text.js';
import { expectLinear } from './testing/growth.js';

it('a text that is cut has no half of a credential, however much of it is taken out before', () => {
  const before = `token="${'x'.repeat(900)}"`;
  for (const begun of ['eyJhbGciOiJIUzI1NiJ9.', 'https://me:']) {
    const shown = cleanText(`${before} at ${begun}${'s3cr3t'.repeat(200)}@host`, 500);
    expect(shown).toMatch(/^token=\*\*\* at (https:\/\/)?\*\*\* \[\.\.\. \d+ more\]$/);
  }
});

it('a text that is cut has no half of a key of AWS, and of no password with what addresses are parted by', () => {
  const before = `token="${'x'.repeat(900)}"`;
  const key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  for (const [begun, kept] of [
    [`AKIAIOSFODNN7EXAMPLE:${key.slice(0, 39)}`, '***:***'],
    [`["AKIAIOSFODNN7EXAMPLE","${key.slice(0, 5)}`, '["***","***'],
    ['https://me:pa/ss', 'https://***'],
    ['redis://:pa/ss?w', 'redis://***'],
    ['https://host:80/x', 'https://host:80/x'],
    ['s3://bucket/a:b', 's3://bucket/a:b'],
  ] as const) {
    const said = `${before} at ${begun}`;
    expect(cleanBeginning(said, false)).toBe(`token=*** at ${kept}`);
  }
});

it('a text is cut in time that grows as its length, whatever it is made of', () => {
  for (const piece of ['a://b:', '://', ':', 'a', '***', '*** a', '***:', 'eyJ', '***@', "'", 'a://***@'])
    for (const end of ['', ' ', '"', '='])
      expectLinear((text) => void cleanBeginning(`${text}${end}`, false), piece);
});

it('a text that is cut is otherwise what it was, and says how much is left out', () => {
  const text = `see https://host/x and ${'more of it '.repeat(90)}`;
  expect(cleanText(text, 30)).toBe(`${text.slice(0, 30)} [... ${text.length - 30} more]`);
  expect(cleanText('https://host', 30)).toBe('https://host');
});

it('a text that was seen before is what it was then, cut or not', () => {
  for (const [said, characters, shown] of [
    ['active', 30, 'active'],
    ['active', 3, 'act [... 3 more]'],
    ['active', 30, 'active'],
    ['pwd=abc', 30, 'pwd=***'],
    ['pwd=abc', 30, 'pwd=***'],
  ] as const)
    expect(cleanText(said, characters)).toBe(shown);
});
