// Owns that all threads of a process slow down together when a store says that it is asked for too much.
import { systemClock } from '@tailrace/core';
import { createPace, type Pace } from '@tailrace/core/objects';

/** @param store names the store: threads with equal names share their waits */
export function sharedPace(store: string): Pace {
  const channel = new BroadcastChannel(`tailrace pace of ${store}`);
  const pace = createPace({
    clock: systemClock,
    random: Math.random,
    tell: (waitMs) => channel.postMessage(waitMs),
  });
  channel.onmessage = ({ data }: { readonly data: unknown }) => {
    if (typeof data === 'number' && data >= 0) pace.hear(data);
  };
  // Of Node: a channel that waits must not keep the process.
  if ('unref' in channel && typeof channel.unref === 'function') channel.unref();
  return pace;
}
