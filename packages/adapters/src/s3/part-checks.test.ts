import type { Answer } from '@tailrace/core/objects';
import { expect, it } from 'vitest';
import { crcOf, createPartChecks, fromTag, type PartCheck, tagWith } from './part-checks.js';

const refused: Answer<never> = { kind: 'refused', cause: new Error('NotImplemented') };
const done = (isVerified = true): Answer<{ readonly isVerified: boolean }> => ({
  kind: 'done',
  value: { isVerified },
});

/** A service, by what it answers to each check; and what it was asked. */
function service(answerOf: (check: PartCheck) => Answer<{ readonly isVerified: boolean }>) {
  const asked: PartCheck[] = [];
  const checks = createPartChecks();
  const put = () =>
    checks.find(async (check) => {
      asked.push(check);
      return answerOf(check);
    });
  return { asked, put };
}

it('a part has a CRC-32 alone where the service verifies it', async () => {
  const { asked, put } = service(() => done());
  await put();
  await put();
  expect(asked).toEqual(['crc', 'crc']);
});

it('a part that comes back without its checksum is sent again under a signature, and so are those after it', async () => {
  const { asked, put } = service((check) => done(check === 'signed'));
  expect(await put()).toEqual(done());
  await put();
  expect(asked).toEqual(['crc', 'signed crc', 'signed', 'signed']);
});

it('a service that takes signed bodies alone gets them, and who may do nothing is told so', async () => {
  const strict = service((check) => (check === 'crc' ? refused : done()));
  expect(await strict.put()).toEqual(done());
  await strict.put();
  expect(strict.asked).toEqual(['crc', 'signed crc', 'signed crc']);
  const closed = service(() => refused);
  expect(await closed.put()).toBe(refused);
  expect(closed.asked).toEqual(['crc', 'signed crc', 'signed']);
});

it('what has no clear answer is not taken for a refusal of the checksum', async () => {
  const lost: Answer<never> = { kind: 'ambiguous', cause: new Error('reset') };
  const { asked, put } = service(() => lost);
  expect(await put()).toBe(lost);
  await put();
  expect(asked).toEqual(['crc', 'crc']);
});

it('the checksum of a part is in its tag, for who completes the upload', () => {
  // The check value of CRC-32 for these digits: cbf43926.
  const crc = crcOf(Buffer.from('123456789'));
  expect(Buffer.from(crc, 'base64').toString('hex')).toBe('cbf43926');
  expect(fromTag(tagWith('"1"', crc))).toEqual({ ETag: '"1"', ChecksumCRC32: crc });
  expect(fromTag(tagWith('"1"', undefined))).toEqual({ ETag: '"1"' });
});
