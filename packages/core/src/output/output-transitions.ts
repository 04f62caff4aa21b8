// Owns the transitions that several states of an output share.
import type { Committed } from '../sink/sink.js';
import { committedBy } from './output-decisions.js';

/** Somebody wants the output to end before it is done. */
export const endings = {
  'output.failed': { target: '#output.aborting', actions: 'recordEnd' },
  'output.cancel': { target: '#output.aborting', actions: 'recordEnd' },
} as const;

/** Nothing is left to do. */
export const ended = [
  { guard: 'wasCancelled', target: '#output.cancelled' },
  { target: '#output.failed' },
] as const;

/** What was staged is removed, or will be by the next run. */
export const removed = [{ guard: 'mayBePublished', target: 'looking' }, ...ended] as const;

/** The look at what a commit did has found it. */
export const whenPublished = {
  guard: ({ event }: { readonly event: { readonly output: Committed | undefined } }) =>
    event.output !== undefined,
  target: '#output.done',
  actions: { type: 'recordCommitted', params: committedBy },
} as const;
