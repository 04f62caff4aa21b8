// Owns one node of a running graph: starts it when all its declared consumers are ready, hands each item first to the
// columns and then to the consumers, and ends it once. What makes the items is its engine's business.
import { isBatch } from '../batch/batch.js';
import type { CancelledError } from '../errors/named-errors.js';
import { type TailraceError, toTailraceError } from '../errors/tailrace-error.js';
import type { FlowContext } from '../materialise/flow-context.js';
import type { Memory } from '../materialise/memory.js';
import type { OutputFeed } from '../output/feed.js';
import type { Clock } from '../time/clock.js';
import type { Edge, EdgeConsumer, EdgeProducer } from './edge.js';
import { freezeItem } from './freeze.js';
import { createGate, type Gate } from './gate.js';
import type { GraphNode, StageOptions } from './graph.js';
import { createMeter, type Meter } from './meter.js';
import { createOutlets, type Hold } from './outlets.js';
import type { RejectSink } from './rejecter.js';
import type { BatchWatch } from './stage-watch.js';

/**
 * `waiting` for consumers, `running`, `completed`, `failed`, `detached` (nobody takes anything more), `cancelled`.
 */
export type NodeState = 'waiting' | 'running' | 'completed' | 'failed' | 'detached' | 'cancelled';

/** What makes a node's items: an operator, a join, or the pump of a source. */
export interface Engine {
  start(): void;
  /** Called once, when the node has ended for whatever reason. */
  stop(): void;
}

/** How an engine hands over what it makes. After the end, calls are ignored. */
export interface Emitter {
  next(item: unknown): void;
  fail(error: unknown): void;
  complete(): void;
}

export interface Node extends EdgeConsumer, EdgeProducer, Emitter {
  readonly state: NodeState;
  readonly gate: Gate;
  readonly meter: Meter;
  readonly inputs: Edge[];
  readonly edges: readonly Edge[];
  addEdge(edge: Edge): void;
  /** Gives what makes the items; before `begin`. */
  drive(engine: Engine): void;
  /** From here on it may start. */
  begin(): void;
  /** Starts, or ends when nobody wants anything. */
  proceed(): void;
  cancel(error: CancelledError): void;
}

export interface NodeOptions {
  readonly name: string;
  readonly kind: Exclude<GraphNode['kind'], 'hold'>;
  readonly pipeline: string;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly settings: StageOptions;
  readonly feeds: readonly OutputFeed[];
  readonly hold: Hold | undefined;
  /** Where the rows go that do not fit its columns, if anywhere. */
  readonly rejects?: RejectSink | undefined;
  /** Rows that were refused before, when it reads back what is left. */
  readonly rejected?: number | undefined;
  readonly watch?: BatchWatch | undefined;
  /** Freeze items that several consumers see. */
  readonly freeze: boolean;
  /** Calls this once, when this node and all below it have ended. */
  whenOver?(listener: () => void): void;
  onFailed(error: TailraceError): void;
  /** Something failed after the end, with no influence on any output: an operator's teardown, for instance. */
  onLateError(error: TailraceError): void;
  /** Called once, when it has ended. */
  onEnded(): void;
}

export function createNode(options: NodeOptions): Node {
  const { name, kind, pipeline, memory, clock } = options;
  const meter = createMeter();
  meter.rejectedRows = options.rejected ?? 0;
  const inputs: Edge[] = [];
  const edges: Edge[] = [];
  let state: NodeState = 'waiting';
  let begun = false;
  let completing = false;
  let engine: Engine | undefined;
  /** Replaced, never changed, because consumers leave while it is gone through. */
  let live: readonly Edge[] = [];
  /** How they take an item: an edge has accessors, and calling a method of such an object is slow. */
  let targets: readonly Edge['next'][] = [];
  const setLive = (edges: readonly Edge[]): void => {
    live = edges;
    targets = edges.map((edge) => edge.next);
  };
  /** Whether outlets take anything: asked for every item, hence kept here. */
  let taking = false;
  let frozen = false;
  let ownBlocks = 0;

  const syncInputs = (): void => {
    for (const edge of inputs) edge.sync();
  };
  const gate = createGate(memory.budget, syncInputs);

  const failureOf = (error: unknown): TailraceError =>
    toTailraceError(
      error,
      `${kind === 'source' ? 'Source' : 'Stage'} '${name}' of pipeline '${pipeline}' failed`,
      {
        code: kind === 'source' ? 'SOURCE_FAILED' : 'STAGE_FAILED',
        operation: kind === 'source' ? 'read source' : 'run stage',
        context: { pipeline, stage: name },
      },
    );
  const end = (): void => {
    try {
      engine?.stop();
    } catch (error) {
      options.onLateError(failureOf(error));
    }
    for (const edge of inputs) edge.leave();
    options.onEnded();
  };
  const fail = (error: unknown): void => {
    if (state !== 'waiting' && state !== 'running') {
      if (state === 'completed') options.onLateError(failureOf(error));
      return;
    }
    state = 'failed';
    const failure = failureOf(error);
    options.onFailed(failure);
    outlets.fail(failure);
    for (const edge of edges) edge.error(failure);
    end();
  };
  const unwanted = (): boolean => outlets.open === 0 && edges.every((edge) => edge.state === 'done');
  const detach = (): void => {
    if (completing) return;
    if ((state !== 'waiting' && state !== 'running') || !begun || !unwanted()) return;
    state = 'detached';
    end();
  };
  const outlets = createOutlets({
    pipeline,
    stage: name,
    memory,
    clock,
    meter,
    settings: options.settings,
    feeds: options.feeds,
    hold: options.hold,
    rejects: options.rejects,
    rejected: options.rejected,
    watch: options.watch,
    onEmpty() {
      taking = false;
      detach();
    },
    onOverflow: fail,
  });
  const { row: toOutlets } = outlets;
  const proceed = (): void => {
    if (state !== 'waiting' || !begun) return;
    if (unwanted()) {
      detach();
      return;
    }
    if (edges.some((edge) => edge.state === 'waiting')) return;
    state = 'running';
    setLive(edges.filter((edge) => edge.state === 'live'));
    taking = outlets.open > 0;
    frozen = options.freeze && live.length + (taking ? 1 : 0) > 1;
    engine?.start();
  };

  const emit = (item: unknown): void => {
    if (isBatch(item)) {
      meter.batchItems += 1;
      meter.batchRows += item.rows;
      if (taking) outlets.batch(item);
    } else {
      if (frozen) freezeItem(item);
      if (taking) toOutlets(item);
    }
    const now = targets;
    for (let index = 0; index < now.length; index += 1) now[index]?.(item);
  };

  const context: FlowContext = {
    stage: name,
    memory,
    clock,
    downstream: gate.downstream,
    whenOver:
      options.whenOver &&
      ((listener) =>
        options.whenOver?.(() => {
          // Others are told, too, and the run ends, whatever one listener does.
          try {
            listener();
          } catch (error) {
            options.onLateError(failureOf(error));
          }
        })),
    upstream: {
      block() {
        let blocked = true;
        ownBlocks += 1;
        if (ownBlocks === 1) syncInputs();
        return () => {
          if (!blocked) return;
          blocked = false;
          ownBlocks -= 1;
          if (ownBlocks === 0) syncInputs();
        };
      },
    },
  };

  const node: Node = {
    name,
    meter,
    gate,
    context,
    inputs,
    edges,
    get state() {
      return state;
    },
    get inputBlocked() {
      return ownBlocks > 0 || gate.shut;
    },
    addEdge(edge) {
      edges.push(edge);
    },
    drive(with_) {
      engine = with_;
    },
    begin() {
      begun = true;
      outlets.begin();
    },
    proceed,
    edgeSubscribed: proceed,
    edgeLeft(edge) {
      setLive(live.filter((other) => other !== edge));
      if (state === 'waiting') proceed();
      else detach();
    },
    next(item) {
      if (state !== 'running') return;
      meter.itemsOut += 1;
      if (!meter.sampling) {
        emit(item);
        return;
      }
      const from = clock.now();
      emit(item);
      meter.outsideMs += clock.now() - from;
    },
    fail,
    complete() {
      if (state !== 'running') return;
      // Consumers that leave one by one while they are told must not turn this into a detachment.
      completing = true;
      const from = clock.now();
      outlets.complete();
      for (const edge of live) edge.complete();
      if (meter.sampling) meter.outsideMs += clock.now() - from;
      if (state !== 'running') return;
      state = 'completed';
      end();
    },
    cancel(error) {
      if (state !== 'waiting' && state !== 'running') return;
      state = 'cancelled';
      outlets.fail(error);
      end();
    },
  };
  return node;
}
