// Owns how often one actor is told of: each may say much at once, but one that goes on like that is told of as it is, a
// few times a second, and its events are counted. It decides on numbers only.
import type { UntoldInspection } from '@tailrace/core';
import type { InspectionEvent } from 'xstate';
import type { LeftOut } from './left-out.js';
import { rootIdOf, seenRef } from './to-messages.js';

export interface Pace {
  /** Whether to tell of an event now. */
  admits(event: InspectionEvent): boolean;
  /** For an event that is no snapshot: counts it, if it is not to be told. */
  counts(sessionId: string): boolean;
  /** For the snapshot of an actor that lives on: keeps it, if it is not to be told now. */
  holds(event: UntoldInspection & { readonly type: '@xstate.snapshot' }): boolean;
  /** The latest snapshots of those that were held back, each once; a moment is over. */
  release(): readonly UntoldInspection[];
  /** Actors that are held back now. */
  readonly held: number;
}

interface Account {
  /** Session id of its root. */
  readonly rootId: string;
  /** What it may still say. */
  left: number;
  /** Its latest snapshot that was not told. */
  held: UntoldInspection | undefined;
  /** It had more to say since the last moment. */
  isBusy: boolean;
}

/**
 * @param leftOut where events that are not told are counted
 * @param burst events and snapshots that an actor may say at once, until it has been quiet for a moment
 */
export function createPace(leftOut: Pick<LeftOut, 'count'>, burst = 200): Pace {
  const accounts = new Map<string, Account>();
  /** Those that have used up what they may say. */
  const spent = new Set<Account>();
  /** Of all that are not alive together: events are sent to actors that have ended, too. */
  const others: Account = { rootId: '', left: burst, held: undefined, isBusy: false };

  return {
    get held() {
      return spent.size;
    },
    counts(sessionId) {
      const account = accounts.get(sessionId) ?? others;
      if (account.left > 0) return false;
      account.isBusy = true;
      leftOut.count(account.rootId, 'events');
      return true;
    },
    holds(event) {
      const account = accounts.get(event.actorRef.sessionId);
      if (account === undefined || account.left > 0) return false;
      account.isBusy = true;
      account.held = event;
      return true;
    },
    admits(event) {
      const ref = seenRef(event);
      const { sessionId } = ref;
      if (event.type === '@xstate.actor')
        accounts.set(sessionId, { rootId: rootIdOf(ref), left: burst, held: undefined, isBusy: false });
      const account = accounts.get(sessionId) ?? others;
      if (event.type === '@xstate.snapshot') {
        // There is no latest one of many actors.
        if (account === others) return true;
        account.held = undefined;
        // The end of an actor is always told.
        if (event.snapshot.status !== 'active') {
          accounts.delete(sessionId);
          spent.delete(account);
          return true;
        }
      }
      if (account.left > 0) {
        account.left -= 1;
        if (account.left === 0) spent.add(account);
        return true;
      }
      account.isBusy = true;
      if (event.type === '@xstate.snapshot') account.held = event;
      else leftOut.count(account.rootId, 'events');
      return false;
    },
    release() {
      const latest: UntoldInspection[] = [];
      for (const account of spent) {
        if (account.held !== undefined) latest.push(account.held);
        account.held = undefined;
        if (account.isBusy) {
          account.left = 0;
        } else {
          account.left = burst;
          spent.delete(account);
        }
        account.isBusy = false;
      }
      return latest;
    },
  };
}
