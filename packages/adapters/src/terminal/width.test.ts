import { expect, test } from 'vitest';
import { cutToWidth, padToWidth, visibleWidth, widest } from './width.js';

test('text is cut to a width without cutting colours or leaving them open', () => {
  const coloured = '\u001b[32mdone\u001b[0m and more';
  expect(visibleWidth(coloured)).toBe(13);
  expect(cutToWidth(coloured, 13)).toBe(coloured);
  expect(cutToWidth(coloured, 3)).toBe('\u001b[32mdo…\u001b[0m');
  expect(cutToWidth('plain', 4)).toBe('pla…');
  expect(cutToWidth('ünïcödé 🚆 x', 9)).toBe('ünïcödé …');
});

test.each([
  ['日本語', 6],
  ['한국어', 6],
  ['ｆｕｌｌ', 8],
  ['🚆', 2],
  ['👩‍🚀', 2],
  ['🇳🇴', 2],
  ['❤️', 2],
  ['e\u0301a', 2],
  ['\u200b', 0],
  ['█░…', 3],
  ['\u001b[32m日本\u001b[0m', 4],
])('%s takes %i cells', (text, cells) => {
  expect(visibleWidth(text)).toBe(cells);
});

test('a wide character that has half its room left is cut off', () => {
  expect(cutToWidth('日本語', 6)).toBe('日本語');
  expect(cutToWidth('日本語', 5)).toBe('日本…');
  expect(cutToWidth('日本語', 4)).toBe('日…');
});

test('columns are as wide as what takes most cells, and are filled to that', () => {
  expect(widest(['日本語', 'abcd'])).toBe(6);
  expect(padToWidth('日本', 6)).toBe('日本  ');
  expect(padToWidth('日本', 6, 'right')).toBe('  日本');
});
