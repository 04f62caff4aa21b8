import { messageOf } from '@tailrace/core';
import { describe, expect, it } from 'vitest';
import type { SparkSession } from '../session/spark-session.js';
import { createSharedSessions } from './shared-sessions.js';

const attachment = { url: 'sc://h', sessionId: 's', shared: {} };
const never = new AbortController().signal;

/** Sessions that are opened and closed when the test says so. */
function begin(close: () => Promise<void> = async () => {}) {
  const opened: { readonly signal: AbortSignal; readonly open: () => void }[] = [];
  let closes = 0;
  const warnings: string[] = [];
  const session = {
    close: () => {
      closes += 1;
      return close();
    },
  } as unknown as SparkSession; // Nothing but its closing is looked at here.
  const withSession = createSharedSessions(
    (_attachment, signal) => new Promise((resolve) => opened.push({ signal, open: () => resolve(session) })),
    (_attachment, error) => void warnings.push(messageOf(error)),
  );
  return { withSession, opened, closes: () => closes, warnings };
}

describe('a connection that writes share', () => {
  it('is opened once, and closed behind the last', async () => {
    const { withSession, opened, closes } = begin();
    const both = [1, 2].map((value) => withSession(attachment, never, async () => value));
    expect(opened).toHaveLength(1);
    opened[0]?.open();
    expect(await Promise.all(both)).toEqual([1, 2]);
    expect(closes()).toBe(1);
    const again = withSession(attachment, never, async () => 3);
    opened[1]?.open();
    expect(await again).toBe(3);
  });

  it.each([
    ['server', { url: 'sc://other' }],
    ['user', { shared: { userId: 'other' } }],
  ])('is not shared with the session of that id of another %s', async (_what, other) => {
    const { withSession, opened } = begin();
    const both = [attachment, { ...attachment, ...other }].map((one) =>
      withSession(one, never, async () => 1),
    );
    expect(opened).toHaveLength(2);
    for (const { open } of opened) open();
    expect(await Promise.all(both)).toEqual([1, 1]);
  });

  it('is not waited for by one that is cancelled, and goes on for the other', async () => {
    const { withSession, opened } = begin();
    const abort = new AbortController();
    const left = withSession(attachment, abort.signal, async () => 1);
    const stays = withSession(attachment, never, async () => 2);
    abort.abort();
    await expect(left).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(opened[0]?.signal.aborted).toBe(false);
    opened[0]?.open();
    expect(await stays).toBe(2);
  });

  it('is not opened to its end when nobody waits for it', async () => {
    const { withSession, opened, closes } = begin();
    const abort = new AbortController();
    const left = withSession(attachment, abort.signal, async () => 1);
    abort.abort();
    await expect(left).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(opened[0]?.signal.aborted).toBe(true);
    opened[0]?.open();
    await new Promise(setImmediate);
    expect(closes()).toBe(1);
  });

  it('does not hold up a write that has failed while it is closed', async () => {
    const { withSession, opened } = begin(() => new Promise(() => {}));
    const failed = withSession(attachment, never, () => Promise.reject(new Error('No.')));
    opened[0]?.open();
    await expect(failed).rejects.toThrow('No.');
  });

  it('that cannot be closed is warned of', async () => {
    const { withSession, opened, warnings } = begin(() => Promise.reject(new Error('away')));
    const used = withSession(attachment, never, async () => 1);
    opened[0]?.open();
    expect(await used).toBe(1);
    expect(warnings).toEqual(['away']);
  });
});
