import { expect, it } from 'vitest';
import { crc32c } from './crc32c.js';

it.each([
  ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 incrementing bytes', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
  ['32 decrementing bytes', Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113fdb5c],
  ['nothing', new Uint8Array(0), 0],
])('has the value of RFC 3720 for %s', (_what, bytes, value) => {
  expect(crc32c(bytes)).toBe(value);
});
