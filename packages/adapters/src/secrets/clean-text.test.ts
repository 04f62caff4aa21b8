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
  for (const [begun, rest, kept] of [
    [`AKIAIOSFODNN7EXAMPLE:${key.slice(0, 39)}`, key.slice(39), '***:***'],
    [`["AKIAIOSFODNN7EXAMPLE","${key.slice(0, 5)}`, key.slice(5), '["***","***'],
    ['https://me:pa/ss', 'word@host', 'https://***'],
    ['redis://:pa/ss?w', 'ord@host/x', 'redis://***'],
    ['redis://me:p@ss/wo', 'rd@host/x', 'redis://***'],
    ['redis://me:p@s/s@wo/r', '/d@host and more', 'redis://***'],
    ['redis://me:pass', '@host/x', 'redis://***'],
    ['redis://m', 'e:pass@host/x', 'redis://***'],
    ["redis://me:p'a", 'ss@host', 'redis://***'],
    ['jdbc:sqlserver://h;password={p;@', 's}', 'jdbc:sqlserver://h;password=***'],
    ['jdbc:sqlserver://h;password=p@s', 's@word;x=y', 'jdbc:sqlserver://h;password=***'],
  ] as const) {
    const said = `${before} at ${begun}`;
    expect(cleanBeginning(said, rest)).toBe(`token=*** at ${kept}`);
  }
});

it('a text that is cut keeps the host of an address: what comes after the cut tells that no password goes on there', () => {
  for (const [begun, rest, kept] of [
    ['https://host:80/x', '/y', 'https://host:80/x'],
    ['https://host:8', '0/x@y', 'https://host:8'],
    ['https://ho', 'st/x@y', 'https://ho'],
    ['https://host/x', 'y@z', 'https://host/x'],
    ['s3://bucket/a:b', 'c@d', 's3://bucket/a:b'],
    ['s3://me:s3cr3t@bucket/a', 'b/c is missing, say me@host', 's3://***@bucket/a'],
    ['s3://me@bucket/a', 'b@c', 's3://***@bucket/a'],
    ['s3://me:s3cr3t@b/x,s3://c', '/y', 's3://***@b/x,s3://c'],
    ['s3://me:s3cr3t@b/x', ',s3://me:s3cr3t@c/y', 's3://***@b/x'],
    ['["a://ho', 'st","me@host"]', '["a://ho'],
    ['jdbc:sqlserver://h:1;user=a@', 'b;password=p@ss', 'jdbc:sqlserver://h:1;user=a@'],
  ] as const)
    expect(cleanBeginning(begun, rest)).toBe(kept);
});

it('a text is cut in time that grows as its length, whatever it is made of', () => {
  for (const piece of ['a://b:', '://', ':', 'a', '***', '*** a', '***:', 'eyJ', '***@', "'", 'a://***@'])
    for (const end of ['', ' ', '"', '='])
      for (const rest of ['x', '@'])
        expectLinear((text) => void cleanBeginning(`${text}${end}`, `${rest}${text}${rest}`), piece);
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
