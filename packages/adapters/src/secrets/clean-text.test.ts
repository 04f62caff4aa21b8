import { expect, it } from 'vitest';
import { cleanText } from './clean-text.js';

it('a text that is cut has no half of a credential, however much of it is taken out before', () => {
  const before = `token="${'x'.repeat(900)}"`;
  for (const begun of ['eyJhbGciOiJIUzI1NiJ9.', 'https://me:']) {
    const shown = cleanText(`${before} at ${begun}${'s3cr3t'.repeat(200)}@host`, 500);
    expect(shown).toMatch(/^token=\*\*\* at (https:\/\/)?\*\*\* \[\.\.\. \d+ more\]$/);
  }
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
