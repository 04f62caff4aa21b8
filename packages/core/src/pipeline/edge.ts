// Owns one declared use of a node's items by a stage or by one input of a combine: who may subscribe, once, and how
// items, errors and the end cross it. It keeps no items.
import { Observable, type Observer, Subscriber, type Subscription } from 'rxjs';
import { PlanError } from '../errors/named-errors.js';
import type { TailraceError } from '../errors/tailrace-error.js';
import { type FlowContext, swapFlowContext } from '../materialise/flow-context.js';
import type { Clock } from '../time/clock.js';
import type { Gate } from './gate.js';
import { type Meter, sample, sampleEvery } from './meter.js';

export interface EdgeProducer {
  readonly name: string;
  edgeSubscribed(edge: Edge): void;
  /** The consumer will take nothing more. Not called when the producer itself has ended the edge. */
  edgeLeft(edge: Edge): void;
}
export interface EdgeConsumer {
  readonly name: string;
  readonly meter: Meter;
  readonly context: FlowContext;
  /** Wants nothing more for now. */
  readonly inputBlocked: boolean;
  fail(error: unknown): void;
}

export interface Edge {
  readonly consumer: string;
  /** What the operator or the join is given. */
  readonly stream: Observable<unknown>;
  /** `waiting` for its subscription, `live`, or `done` for good. */
  readonly state: 'waiting' | 'live' | 'done';
  readonly gate: Gate;
  next(item: unknown): void;
  error(error: TailraceError): void;
  complete(): void;
  /** The consumer is over. */
  leave(): void;
  /** Tells the producer's gate whether the consumer is blocked now. */
  sync(): void;
}

export interface EdgeOptions {
  readonly pipeline: string;
  readonly producer: EdgeProducer;
  readonly consumer: EdgeConsumer;
  /** Shut while the consumer is blocked. */
  readonly gate: Gate;
  readonly clock: Clock;
}

export function createEdge(options: EdgeOptions): Edge {
  const { producer, consumer, gate, clock } = options;
  const { meter } = consumer;
  let state: Edge['state'] = 'waiting';
  let target: Subscriber<unknown> | undefined;
  let ended: TailraceError | undefined;
  let subscribed = false;
  let shutting = false;

  const sync = (): void => {
    const shut = state === 'live' && consumer.inputBlocked;
    if (shut === shutting) return;
    shutting = shut;
    if (shut) gate.close();
    else gate.open();
  };
  const finish = (): Subscriber<unknown> | undefined => {
    const last = target;
    state = 'done';
    target = undefined;
    sync();
    return last;
  };
  const leave = (): void => {
    if (state === 'done') return;
    finish();
    producer.edgeLeft(edge);
  };
  /** User code runs inside: whatever it subscribes is part of the consumer, whatever it throws is the consumer's. */
  const inConsumer = (work: () => void): void => {
    const outer = swapFlowContext(consumer.context);
    try {
      work();
    } catch (error) {
      consumer.fail(error);
    } finally {
      swapFlowContext(outer);
    }
  };
  const timed = (to: Subscriber<unknown>, item: unknown): void =>
    inConsumer(() => sample(meter, clock, sampleEvery, () => to.next(item)));
  const connect = (subscriber: Subscriber<unknown>): void => {
    if (subscribed) {
      subscriber.error(subscribedTwice(options));
    } else if (state === 'waiting') {
      subscribed = true;
      state = 'live';
      target = subscriber;
      subscriber.add(leave);
      sync();
      producer.edgeSubscribed(edge);
    } else if (ended !== undefined) {
      subscriber.error(ended);
    } else {
      subscriber.unsubscribe();
    }
  };

  const edge: Edge = {
    consumer: consumer.name,
    stream: new EdgeStream(connect, consumer.fail),
    get state() {
      return state;
    },
    gate,
    next(item) {
      const to = target;
      if (to === undefined) return;
      meter.itemsIn += 1;
      if (meter.itemsIn % sampleEvery === 0) {
        timed(to, item);
        return;
      }
      // Not through `inConsumer`: this is the way of every item, and a closure here would cost more than the rest.
      const outer = swapFlowContext(consumer.context);
      try {
        to.next(item);
      } catch (error) {
        consumer.fail(error);
      } finally {
        swapFlowContext(outer);
      }
    },
    error(error) {
      if (state === 'done') return;
      ended = error;
      const last = finish();
      if (last !== undefined) inConsumer(() => last.error(error));
    },
    complete() {
      if (state === 'done') return;
      const last = finish();
      // Aggregations do their work here, so it is always timed.
      if (last !== undefined) inConsumer(() => sample(meter, clock, 1, () => last.complete()));
    },
    leave,
    sync,
  };
  return edge;
}

function subscribedTwice({ pipeline, producer, consumer }: EdgeOptions): PlanError {
  return new PlanError(
    `'${consumer.name}' in pipeline '${pipeline}' subscribes to '${producer.name}' a second time, but a stage runs only once. ` +
      `To read it more than once (repeat, retry, two joins), keep it: const held = flow.hold(${producer.name}).`,
    { operation: 'subscribe to stage', context: { pipeline, stage: consumer.name } },
  );
}

/**
 * RxJS reports what a hand-written observer throws to the process, which would die of it. Here the stage fails instead;
 * it also fails when that observer has no `error` handler.
 */
class EdgeStream extends Observable<unknown> {
  readonly #onThrow: (error: unknown) => void;

  constructor(connect: (subscriber: Subscriber<unknown>) => void, onThrow: (error: unknown) => void) {
    super(connect);
    this.#onThrow = onThrow;
  }

  override subscribe(
    observerOrNext?: Partial<Observer<unknown>> | ((value: unknown) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // Operators subscribe with a Subscriber, which sends what they throw down its own stream.
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext);
    const observer =
      typeof observerOrNext === 'object' && observerOrNext !== null
        ? observerOrNext
        : { next: observerOrNext ?? undefined, error: error ?? undefined, complete: complete ?? undefined };
    const subscriber: Subscriber<unknown> = new Subscriber({
      next: (value) => this.#guard(() => observer.next?.(value)),
      error: (reason: unknown) => {
        if (observer.error === undefined) this.#onThrow(reason);
        else this.#guard(() => observer.error?.(reason));
      },
      complete: () => this.#guard(() => observer.complete?.()),
    });
    return super.subscribe(subscriber);
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onThrow(error);
    }
  }
}
