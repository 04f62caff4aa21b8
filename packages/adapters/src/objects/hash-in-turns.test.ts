import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { hashInTurns } from './hash-in-turns.js';

it('is the checksum of the whole, and lets others have their turn before it is made', async () => {
  const body = Buffer.alloc(3 * 2 ** 20 + 7, 'sent');
  const order: string[] = [];
  setImmediate(() => order.push('another'));
  const hash = await hashInTurns('md5', body);
  order.push('hashed');
  expect(hash).toEqual(createHash('md5').update(body).digest());
  expect(order).toEqual(['another', 'hashed']);
  expect(await hashInTurns('sha256', new Uint8Array(0))).toEqual(createHash('sha256').digest());
});
