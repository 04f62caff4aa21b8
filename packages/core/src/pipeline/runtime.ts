// Owns a graph while it runs: makes its nodes and edges, starts, cancels and counts them. Writing is the outputs' business.
import { CancelledError } from '../errors/named-errors.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { Memory } from '../materialise/memory.js';
import type { OutputFeed } from '../output/feed.js';
import type { Clock } from '../time/clock.js';
import { createEdge, type Edge } from './edge.js';
import { operatorEngine, sourceEngine } from './engines.js';
import { freezesByDefault } from './freeze.js';
import {
  type Graph,
  type GraphNode,
  inputsOf,
  nodesAbove,
  originOf,
  outputsBelow,
  type StageOptions,
} from './graph.js';
import { createHeld, type Held } from './held.js';
import { createNode, type Engine, type Node, type NodeState } from './node.js';
import { createOver } from './over.js';
import type { RejectSink } from './rejecter.js';
import { createRejects } from './rejects-node.js';
import type { BatchWatch } from './stage-watch.js';
import { stalled, watchForStall } from './stall.js';
import { type StageStats, statsOf } from './stats.js';

export interface GraphRuntimeOptions {
  readonly memory: Memory;
  readonly clock: Clock;
  /** Cancels the run. */
  readonly signal: AbortSignal;
  /** By name of the output. Outputs without a feed, or whose feed is closed already, are not computed. */
  readonly feeds: ReadonlyMap<string, OutputFeed>;
  /** What takes the batches of a stage beside its outputs, by name of the stage; it is computed for these alone, too. */
  readonly taps?: ReadonlyMap<string, OutputFeed> | undefined;
  /** What sees the batches of a stage before its outputs have them, by name of the stage. */
  readonly watches?: ReadonlyMap<string, BatchWatch> | undefined;
  /**
   * A stage or source has failed; what its operators below did not catch has reached the feeds when this returns to the
   * event loop. Each error is told once, at the node where it began.
   * @param outputs names of the outputs below; none for what failed after a stage had ended (its teardown)
   */
  onStageFailed(stage: string, error: TailraceError, outputs: readonly string[]): void;
  /** Freeze the items that several consumers of a stage see. Default: when NODE_ENV is `development` or `test`. */
  readonly freeze?: boolean | undefined;
  /** Milliseconds in which nothing moves before stages that wait for each other fail with STALLED. Default 60,000. */
  readonly stallMs?: number | undefined;
}

export interface GraphRuntime {
  /** Starts every node whose consumers are ready; the others follow. Once. */
  start(): void;
  /** Resolves when all nodes and their sources have ended, however they did. Never rejects: failures go to the feeds. */
  readonly finished: Promise<void>;
  /** Ends everything now and gives back what is held; outputs that are not closed fail with the reason. Idempotent. */
  cancel(reason: unknown): void;
  /** In the order of declaration; nodes that no output needs are left out. */
  stats(): readonly StageStats[];
}

export type { StageStats } from './stats.js';

const defaultStallMs = 60_000;

export function createGraphRuntime(graph: Graph, options: GraphRuntimeOptions): GraphRuntime {
  const { memory, clock, signal, onStageFailed } = options;
  const freeze = options.freeze ?? freezesByDefault(process.env.NODE_ENV);
  const pipeline = graph.name;
  const feedOf = (output: string): OutputFeed | undefined => {
    const feed = options.feeds.get(output);
    return feed === undefined || feed.closed ? undefined : feed;
  };
  const wanted = graph.outputs.filter((output) => feedOf(output.name) !== undefined);
  const taps = options.taps ?? new Map<string, OutputFeed>();
  const live = nodesAbove(graph, [...wanted, ...Array.from(taps.keys(), (from) => ({ from }))]);
  const liveNodes = graph.nodes.filter((node) => live.has(node.name));
  const nodes = new Map<string, Node>();
  const holds = new Map<string, Held>();
  const told = new WeakSet<TailraceError>();
  let open = 0;
  let started = false;
  let cancelled = false;
  let stopWatching = (): void => undefined;
  let resolveFinished = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    resolveFinished = resolve;
  });

  // Of nodes that no output needs, and of holds, nothing runs.
  const over = createOver(graph, (name) => isOver(nodes.get(name)?.state ?? 'completed'));
  const closeOne = (): void => {
    open -= 1;
    over.look();
    if (open > 0) return;
    stopWatching();
    signal.removeEventListener('abort', onAbort);
    resolveFinished();
  };
  const failed = (name: string) => (error: TailraceError) => {
    if (cancelled || told.has(error)) return;
    told.add(error);
    onStageFailed(name, error, outputsBelow(graph, name));
  };
  const failedLate = (name: string) => (error: TailraceError) => {
    if (!cancelled && !told.has(error)) onStageFailed(name, error, []);
  };
  const track = (): (() => void) => {
    open += 1;
    return closeOne;
  };

  const connect = (consumer: Node, from: string): Edge => {
    const held = holds.get(from);
    if (held !== undefined) {
      const edge = held.addReader(consumer);
      consumer.inputs.push(edge);
      return edge;
    }
    const producer = found(nodes.get(from), from);
    const edge = createEdge({ pipeline, producer, consumer, gate: producer.gate, clock });
    producer.addEdge(edge);
    consumer.inputs.push(edge);
    return edge;
  };
  const engineOf = (declared: Exclude<GraphNode, { kind: 'hold' | 'rejects' }>, node: Node): Engine => {
    switch (declared.kind) {
      case 'source':
        return sourceEngine({
          node,
          source: declared.source,
          clock,
          onLateError: failedLate(declared.name),
          track,
        });
      case 'stage': {
        const { stream } = connect(node, declared.from);
        return operatorEngine(pipeline, node, () => declared.operator(stream));
      }
      case 'combine': {
        const streams = declared.inputs.map((input) => connect(node, input).stream);
        return operatorEngine(pipeline, node, () => declared.join(...streams));
      }
    }
  };
  const feedsFrom = (name: string): OutputFeed[] =>
    wanted
      .flatMap((output) => {
        const feed = originOf(graph, output.from) === name ? feedOf(output.name) : undefined;
        return feed === undefined ? [] : [feed];
      })
      .concat(taps.get(name) ?? []);
  /** A hold whose only consumers are outputs needs no dataset: those are written from the same batches. */
  const isRead = (hold: string): boolean => liveNodes.some((node) => inputsOf(node).includes(hold));

  /** Before the node which refuses: rows may be refused as soon as that has started. */
  const buildRejects = (name: string, settings: StageOptions): RejectSink => {
    open += 1;
    const { node, sink } = createRejects({
      ...{ name, pipeline, memory, clock, settings },
      feeds: feedsFrom(name),
      watch: options.watches?.get(name),
      onFailed: failed(name),
      onLateError: failedLate(name),
      onEnded: closeOne,
    });
    nodes.set(name, node);
    return sink;
  };
  const build = (declared: GraphNode): void => {
    const { name } = declared;
    if (declared.kind === 'hold' || declared.kind === 'rejects') return;
    const rejects = liveNodes.flatMap((other) =>
      other.kind === 'rejects' && other.from === name ? buildRejects(other.name, other.options) : [],
    );
    open += 1;
    const hold = liveNodes.find((other) => other.kind === 'hold' && other.from === name);
    const held =
      hold !== undefined && isRead(hold.name)
        ? createHeld({ pipeline, name: hold.name, memory, clock, onFailed: failed(hold.name), track })
        : undefined;
    if (held !== undefined) holds.set(held.name, held);
    const node = createNode({
      name,
      kind: declared.kind,
      pipeline,
      memory,
      clock,
      settings: declared.options,
      feeds: feedsFrom(name),
      hold: held,
      rejects: rejects[0],
      rejected: declared.kind === 'source' ? declared.rejected : undefined,
      watch: options.watches?.get(name),
      freeze,
      whenOver: (listener) => over.when(name, listener),
      onFailed: failed(name),
      onLateError: failedLate(name),
      onEnded: closeOne,
    });
    nodes.set(name, node);
    node.drive(engineOf(declared, node));
  };
  // One more than there are nodes, so that nothing counts as finished before it has started.
  open += 1;
  for (const declared of liveNodes) build(declared);

  const cancel = (reason: unknown): void => {
    if (cancelled) return;
    cancelled = true;
    const error =
      reason instanceof CancelledError
        ? reason
        : new CancelledError(`The run of pipeline '${pipeline}' was cancelled.`, {
            operation: 'run pipeline',
            context: { pipeline },
            cause: reason,
          });
    // Sources first: what stands below is not given anything while it ends.
    for (const node of nodes.values()) node.cancel(error);
    for (const held of holds.values()) held.cancel();
    if (!started) closeOne();
  };
  const onAbort = (): void => cancel(signal.reason);

  /** With a source at work, or a reader of a hold, or an operator busy with what it has, things may still change. */
  const mayMove = (): boolean =>
    open > [...nodes.values()].filter((node) => !isOver(node.state)).length ||
    [...nodes.values()].some((node) => node.state === 'running' && node.inputBlocked);
  const failStalled = (): void => {
    if (mayMove()) return;
    for (const node of nodes.values()) {
      const late = node.edges.filter((edge) => edge.state === 'waiting');
      const ready = node.edges.filter((edge) => edge.state === 'live');
      if (node.state !== 'waiting' || late.length === 0 || ready.length === 0) continue;
      node.fail(stalled(pipeline, node.name, ready, late, options.stallMs ?? defaultStallMs));
    }
  };
  const moves = (): number => {
    let sum = 0;
    for (const { meter, edges, state } of nodes.values()) {
      sum += meter.itemsIn + meter.itemsOut + (state === 'waiting' ? 0 : 1) + (isOver(state) ? 1 : 0);
      sum += edges.filter((edge) => edge.state !== 'waiting').length;
    }
    return sum;
  };

  return {
    finished,
    start() {
      if (started || cancelled) return;
      started = true;
      if (signal.aborted) {
        cancel(signal.reason);
        closeOne();
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      stopWatching = watchForStall({
        clock,
        stallMs: options.stallMs ?? defaultStallMs,
        moves,
        onStill: failStalled,
      });
      for (const node of nodes.values()) node.begin();
      for (const node of nodes.values()) node.proceed();
      closeOne();
    },
    cancel,
    stats() {
      const now = clock.now();
      return liveNodes.flatMap((declared) =>
        statsOf(declared, nodes.get(declared.name) ?? holds.get(declared.name), now),
      );
    },
  };
}

function found<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new TailraceError(`The graph reads '${name}' before it is declared.`, {
    code: 'PLAN_INVALID',
    operation: 'run pipeline',
    context: { stage: name },
  });
}

function isOver(state: NodeState): boolean {
  return state !== 'waiting' && state !== 'running';
}
