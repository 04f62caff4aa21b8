// Owns how a gated operator holds back what lies before it: the stage's sources, and gated operators nearer to them.
import {
  type Downstream,
  type FlowContext,
  flowContext,
  inFlowContext,
} from '../materialise/flow-context.js';
import { type Clock, systemClock } from '../time/clock.js';
import { abortable } from './abortable.js';

export interface Gate {
  /** Name of the stage, for messages. */
  readonly stage: string;
  /** Whether there is a run around the operator that listens to `hold`. */
  readonly connected: boolean;
  readonly clock: Clock;
  /** What lies after the operator. */
  readonly downstream: Downstream;
  /** Asks upstream for nothing more until `release`. Idempotent. */
  hold(): void;
  /** Idempotent. */
  release(): void;
  /** Subscribes to what lies before the operator, so that gated operators there see this one as their downstream. */
  subscribe(subscribe: () => void): void;
}

const alwaysOpen: Downstream = { open: true, whenOpen: () => Promise.resolve() };

/** The gate of an operator that is being subscribed now; outside a run it is always open and `hold` reaches nobody. */
export function createGate(): Gate {
  const context = flowContext();
  const downstream = context?.downstream ?? alwaysOpen;
  let unblock: (() => void) | undefined;
  let held = false;
  let waiting: (() => void)[] = [];

  const own: Downstream = {
    get open() {
      return !held && downstream.open;
    },
    async whenOpen(signal) {
      while (!own.open) {
        if (held) {
          const released = new Promise<void>((resolve) => waiting.push(resolve));
          await (signal === undefined ? released : abortable(released, signal));
        } else {
          await downstream.whenOpen(signal);
        }
      }
    },
  };
  const inner: FlowContext | undefined = context === undefined ? undefined : { ...context, downstream: own };
  return {
    stage: context?.stage ?? 'outside a run',
    connected: context !== undefined,
    clock: context?.clock ?? systemClock,
    downstream,
    hold() {
      if (held) return;
      held = true;
      unblock = context?.upstream.block();
    },
    release() {
      if (!held) return;
      held = false;
      unblock?.();
      unblock = undefined;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    subscribe(subscribe) {
      if (inner === undefined) subscribe();
      else inFlowContext(inner, subscribe);
    },
  };
}
