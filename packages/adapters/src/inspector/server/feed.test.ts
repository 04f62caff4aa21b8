import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FeedSocket, openFeed } from './feed.js';

/** A socket whose other side takes one message at a time, when it is told to. */
function slowSocket(): {
  readonly socket: FeedSocket;
  readonly taken: string[];
  take(): boolean;
  readonly most: () => number;
  readonly isGone: () => boolean;
} {
  const handed: { readonly text: string; readonly sent: () => void }[] = [];
  const taken: string[] = [];
  let bufferedAmount = 0;
  let most = 0;
  let isGone = false;
  const send = (text: string, sent: () => void): void => {
    handed.push({ text, sent });
    bufferedAmount += text.length;
    most = Math.max(most, bufferedAmount);
  };
  // Of the overloads of `send` a feed calls the one that there is here.
  const socket = {
    OPEN: 1,
    get bufferedAmount() {
      return bufferedAmount;
    },
    get readyState() {
      return isGone ? 3 : 1;
    },
    send,
    terminate: () => {
      isGone = true;
    },
  } as unknown as FeedSocket;
  return {
    socket,
    taken,
    take() {
      const first = handed.shift();
      if (first === undefined) return false;
      bufferedAmount -= first.text.length;
      taken.push(first.text);
      first.sent();
      return true;
    },
    most: () => most,
    isGone: () => isGone,
  };
}

describe('the feed of a page', () => {
  it('tells everything in order, the greeting first, and hands over no more than the page takes', () => {
    const text = fc.string({ minLength: 1, maxLength: 5 });
    const steps = fc.array(fc.oneof(text, fc.constant(undefined)));
    fc.assert(
      fc.property(fc.array(text), steps, (greeting, then) => {
        const page = slowSocket();
        const feed = openFeed(page.socket, greeting, { handedBytes: 10 });
        for (const step of then) {
          if (step === undefined) page.take();
          else feed.tell(step);
        }
        while (page.take());
        expect(page.taken).toEqual([...greeting, ...then.filter((step) => step !== undefined)]);
        // One that begins below the limit may lead above it.
        expect(page.most()).toBeLessThan(10 + 5);
      }),
    );
  });

  it('of any size is no reason to send a page away: only what waits beside its greeting is', () => {
    const page = slowSocket();
    const greeting = Array.from({ length: 1_000 }, () => 'x'.repeat(100));
    const feed = openFeed(page.socket, greeting, { handedBytes: 500, waitingBytes: 1_000 });
    feed.tell('y'.repeat(500));
    expect(page.isGone()).toBe(false);
    while (page.take());
    expect(page.taken).toHaveLength(1_001);
    for (let n = 0; n < 10; n += 1) feed.tell('z'.repeat(100));
    expect(page.isGone()).toBe(false);
    for (let n = 0; n < 10; n += 1) feed.tell('z'.repeat(100));
    expect(page.isGone()).toBe(true);
  });

  it('that is finished hands over all that waits', () => {
    const page = slowSocket();
    const feed = openFeed(page.socket, ['abc', 'def'], { handedBytes: 1 });
    feed.tell('ghi');
    feed.finish();
    expect(page.most()).toBe(9);
    while (page.take());
    expect(page.taken).toEqual(['abc', 'def', 'ghi']);
  });
});
