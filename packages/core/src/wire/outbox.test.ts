import { expect, it } from 'vitest';
import { createOutbox } from './outbox.js';

it('an outbox sends what was said in one moment at its end, together and in order', () => {
  const posts: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const outbox = createOutbox<number>(
    (messages) => posts.push(messages),
    (flush) => ends.push(flush),
  );
  outbox.add(1);
  outbox.add(2);
  expect(posts).toEqual([]);
  for (const end of ends.splice(0)) end();
  outbox.add(3);
  outbox.flush();
  // What was flushed early is not sent again.
  for (const end of ends.splice(0)) end();
  expect(posts).toEqual([[1, 2], [3]]);
});
