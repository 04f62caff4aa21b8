// Owns a hold while it runs: keeps a node's batches as a dataset, lets every reader have them at its own pace, and gives
// them up after the last one. Nothing above waits for its readers: that is what a hold is for.
import { type Observable, Subscriber } from 'rxjs';
import { isBatch } from '../batch/batch.js';
import { type TailraceError, toTailraceError } from '../errors/tailrace-error.js';
import { createDataset } from '../materialise/dataset.js';
import { type Downstream, type FlowContext, inFlowContext } from '../materialise/flow-context.js';
import type { Memory } from '../materialise/memory.js';
import type { Clock } from '../time/clock.js';
import { createEdge, type Edge, type EdgeConsumer, type EdgeProducer } from './edge.js';
import { createGate } from './gate.js';
import { createMeter, type Meter, sampleEvery } from './meter.js';
import type { NodeState } from './node.js';
import type { Hold } from './outlets.js';

export interface Held extends Hold {
  readonly name: string;
  readonly state: NodeState;
  readonly meter: Meter;
  /** Declares a reader; before the run starts. */
  addReader(consumer: EdgeConsumer): Edge;
  /** Lets go of everything. Idempotent. */
  cancel(): void;
}

export interface HeldOptions {
  readonly pipeline: string;
  readonly name: string;
  readonly memory: Memory;
  readonly clock: Clock;
  onFailed(error: TailraceError): void;
  /** Called when a reading begins; what it returns, once, when that has ended. */
  track(): () => void;
}

export function createHeld(options: HeldOptions): Held {
  const { pipeline, name, memory, clock } = options;
  const meter = createMeter();
  const dataset = createDataset<unknown>({ memory, name, clock });
  const edges = new Set<Edge>();
  const readings = new Map<Edge, Subscriber<unknown>>();
  const listeners: (() => void)[] = [];
  /** Subscribed before it was known what they will read. */
  let early: Edge[] = [];
  let ofRows: boolean | undefined;
  let state: NodeState = 'running';
  let complete = false;
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    dataset.handle.release();
    for (const listener of listeners) listener();
  };
  const over = (edge: Edge): void => {
    if (!edges.delete(edge) || edges.size > 0) return;
    if (state === 'running') state = complete ? 'completed' : 'detached';
    close();
  };
  const deliver = (edge: Edge, item: unknown): void => {
    meter.itemsOut += 1;
    if (isBatch(item)) {
      meter.batchItems += 1;
      meter.batchRows += item.rows;
    }
    if (meter.itemsOut % sampleEvery !== 0) {
      edge.next(item);
      return;
    }
    const from = clock.now();
    edge.next(item);
    meter.busyMs += (clock.now() - from) * sampleEvery;
  };
  const read = (edge: Edge): void => {
    if (edge.state !== 'live') return;
    const ended = options.track();
    const subscriber: Subscriber<unknown> = new Subscriber({
      next: (item) => deliver(edge, item),
      error(error: unknown) {
        edge.error(toTailraceError(error, `Hold '${name}' could not be read`, readFailure));
        over(edge);
      },
      complete() {
        const from = clock.now();
        edge.complete();
        meter.busyMs += clock.now() - from;
        over(edge);
      },
    });
    subscriber.add(ended);
    readings.set(edge, subscriber);
    const context: FlowContext = {
      stage: name,
      memory,
      clock,
      downstream: timed(edge.gate.downstream, clock, meter),
      // Only this reader waits; what fills the hold goes on.
      upstream: { block: () => () => undefined },
    };
    inFlowContext(context, () => {
      const stream: Observable<unknown> = ofRows ? dataset.handle.rows() : dataset.handle.batches();
      stream.subscribe(subscriber);
    });
  };
  // Never within the call that fills the hold or subscribes to it: the reader would run inside somebody else's step.
  const readSoon = (edge: Edge): void => queueMicrotask(() => read(edge));
  const decide = (rows: boolean): void => {
    if (ofRows !== undefined) return;
    ofRows = rows;
    early.forEach(readSoon);
    early = [];
  };
  const producer: EdgeProducer = {
    name,
    edgeSubscribed(edge) {
      if (ofRows === undefined) early.push(edge);
      else readSoon(edge);
    },
    edgeLeft(edge) {
      readings.get(edge)?.unsubscribe();
      over(edge);
    },
  };

  return {
    name,
    meter,
    get state() {
      return state;
    },
    get closed() {
      return closed;
    },
    onClosed(listener) {
      listeners.push(listener);
    },
    addReader(consumer) {
      // A gate for each reader: a blocked one stops neither the others nor what fills the hold.
      const edge = createEdge({ pipeline, producer, consumer, gate: createGate(memory.budget), clock });
      edges.add(edge);
      return edge;
    },
    schema: (schema) => dataset.schema(schema),
    push(batch, rows) {
      if (closed) return;
      meter.itemsIn += rows ? batch.rows : 1;
      dataset.push(batch);
      decide(rows);
    },
    complete() {
      complete = true;
      if (closed) return;
      dataset.complete();
      decide(true);
    },
    fail(error) {
      if (closed) return;
      state = error.code === 'CANCELLED' ? 'cancelled' : 'failed';
      options.onFailed(error);
      dataset.fail(error);
      decide(true);
    },
    cancel() {
      if (state === 'running') state = 'cancelled';
      for (const subscriber of readings.values()) subscriber.unsubscribe();
      close();
    },
  };
}

/** The same, counting the time that is waited for it. */
function timed(downstream: Downstream, clock: Clock, meter: Meter): Downstream {
  return {
    get open() {
      return downstream.open;
    },
    async whenOpen(signal) {
      const from = clock.now();
      try {
        await downstream.whenOpen(signal);
      } finally {
        meter.blockedMs += clock.now() - from;
      }
    },
  };
}

const readFailure = { code: 'STAGE_FAILED', operation: 'read hold' } as const;
