// Owns that all threads of a process, and all connections of a thread, slow down together when a store says that it is asked for too
// much.
import { systemClock } from '@tailrace/core';
import { createPace, type Pace } from '@tailrace/core/objects';

const paces = new Map<string, Pace>();

/** @param store names the store, without a secret: all who give equal names share their waits, whatever else their options are */
export function sharedPace(store: string): Pace {
  const known = paces.get(store);
  if (known !== undefined) return known;
  const channel = new BroadcastChannel(`tailrace pace of ${store}`);
  const pace = createPace({
    clock: systemClock,
    random: Math.random,
    tell: (waitMs, leastMs) => channel.postMessage([waitMs, leastMs]),
  });
  channel.onmessage = ({ data }: { readonly data: unknown }) => {
    if (!Array.isArray(data)) return;
    const [waitMs, leastMs] = data as readonly unknown[];
    if (typeof waitMs === 'number' && typeof leastMs === 'number' && waitMs >= 0) pace.hear(waitMs, leastMs);
  };
  // Of Node: a channel that waits must not keep the process.
  if ('unref' in channel && typeof channel.unref === 'function') channel.unref();
  paces.set(store, pace);
  return pace;
}
