// Owns how a gated operator takes in what comes to it: items wait in its queue, and each lets it go on.
import type { Observable, Subscriber } from 'rxjs';
import { subscribeWithin } from '../materialise/subscribe-within.js';
import type { Gate } from './gate.js';
import type { Pending } from './pending.js';

export interface Intake<A> {
  readonly pending: Pending<A>;
  /** Something has come: do what can be done now. */
  goOn(): void;
  /** Nothing more will come. */
  ended(): void;
  /** The source, or its own queue, has failed. */
  stop(error: unknown): void;
}

/** Subscribes a gated operator to its source, until its own subscriber leaves. */
export function feedPending<A>(
  source: Observable<A>,
  subscriber: Pick<Subscriber<unknown>, 'add' | 'closed'>,
  gate: Gate,
  { pending, goOn, ended, stop }: Intake<A>,
): void {
  gate.subscribe(() => {
    subscribeWithin(source, subscriber, {
      next(item) {
        try {
          pending.push(item);
        } catch (error) {
          stop(error);
          return;
        }
        goOn();
      },
      error: stop,
      complete() {
        ended();
        goOn();
      },
    });
  });
}
