// Owns the declared graph as data: sources, stages, combines, holds and outputs by name. It runs nothing.
import type { Observable, OperatorFunction } from 'rxjs';
import type { RowOf } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';
import type { BadRow } from '../materialise/bad-row.js';
import type { OutputOptions } from '../pool/settings.js';
import type { Sink } from '../sink/sink.js';
import type { Source } from '../source/source.js';

/** How the items `T` of a source, a stage or a combine become columns. */
export interface StageOptions<T = unknown> {
  /** Columns of the items. Default: inferred from the first rows, then enforced. Example: `defineSchema({ day: date() })`. */
  readonly schema?: Schema<RowOf<T>> | undefined;
  /**
   * When the stage emits more in one synchronous call than the budget holds: move its batches to scratch storage, or
   * fail the stage with an OverflowError. Default `spill`.
   */
  readonly overflow?: 'spill' | 'fail' | undefined;
  /** Rows after which a batch is sealed. Default 65,536. */
  readonly batchRows?: number | undefined;
  /** Bytes after which a batch is sealed. Default 4 MiB. */
  readonly batchBytes?: number | undefined;
  /**
   * What becomes of a row that does not fit the columns, once for all outputs and the hold of the stage, which share them:
   * `fail` (default) fails them; `skip` leaves it out, counted; `deadLetter(sink)` leaves it out and writes what was wrong.
   * Consumers that take the items as they are still get it. Example: `deadLetter(ndjson('out/bad.ndjson'))`.
   */
  readonly onBadRow?: OnBadRow | undefined;
  /**
   * A property that is no column: an error of its row (default), or left out. `drop` needs a declared schema. Example:
   * `{ schema, extraColumns: 'drop' }`.
   */
  readonly extraColumns?: 'error' | 'drop' | undefined;
  /**
   * A column that a row does not have: null, where the column may be null, and else an error of the row (default); or an error
   * in any case. `undefined` counts as not there, null as there. `error` needs a declared schema.
   */
  readonly missingColumns?: 'null' | 'error' | undefined;
  /** Bad rows that may be left out; one more fails the outputs. `Infinity` for no limit. Default 1,000. */
  readonly maxBadRows?: number | undefined;
  /** Share of the rows, 0 to 1, that may be bad; looked at when all have come, before anything is published. Default 0.5. */
  readonly maxBadShare?: number | undefined;
}

/** An output of its own for the rows that a stage refuses. Made by `deadLetter(sink)`. */
export interface DeadLetter {
  readonly sink: Sink<BadRow>;
  readonly options: DeadLetterOptions;
}

/** What becomes of a row that does not fit its columns: see `StageOptions.onBadRow`. */
export type OnBadRow = 'fail' | 'skip' | DeadLetter;

/** How an output of a pipeline is written: as any output. */
export type WriteOptions = OutputOptions;

/** What a dead letter output may be told: its name, and what any output may be told. */
export interface DeadLetterOptions extends WriteOptions {
  /** Name of the output. Default: that of the stage, and `-rejected`. Example: `'bad-flights'`. */
  readonly name?: string | undefined;
}

export interface SourceNode {
  readonly kind: 'source';
  readonly name: string;
  readonly source: Source<unknown>;
  readonly options: StageOptions;
  /** Rows that were refused when what it reads back was made. */
  readonly rejected?: number | undefined;
}
export interface OperatorNode {
  readonly kind: 'stage';
  readonly name: string;
  /** Name of the node it reads. */
  readonly from: string;
  readonly operator: OperatorFunction<unknown, unknown>;
  readonly options: StageOptions;
}
export interface CombineNode {
  readonly kind: 'combine';
  readonly name: string;
  /** Names of the nodes it reads, in the order of the join's parameters. */
  readonly inputs: readonly string[];
  readonly join: (...streams: readonly Observable<unknown>[]) => Observable<unknown>;
  readonly options: StageOptions;
}
/** What a node emits, kept: its consumers read it each on their own. A node is held at most once; a hold never. */
export interface HoldNode {
  readonly kind: 'hold';
  readonly name: string;
  readonly from: string;
}
/** The rows that a node refused, as rows of `BadRow`. */
export interface RejectsNode {
  readonly kind: 'rejects';
  readonly name: string;
  /** Name of the node that refuses them. */
  readonly from: string;
  readonly options: StageOptions;
}
/** What a node of a graph is. */
export type NodeKind = 'source' | 'stage' | 'combine' | 'hold' | 'rejects';
export type GraphNode = SourceNode | OperatorNode | CombineNode | HoldNode | RejectsNode;

export interface GraphOutput {
  readonly name: string;
  /** Name of the node that is written. */
  readonly from: string;
  /** Its row type was checked when it was declared. */
  readonly sink: Sink<never>;
  readonly options: WriteOptions;
}

/** Outputs that commit together, by name; the last one is published last. */
export interface GraphGroup {
  readonly name: string;
  readonly outputs: readonly string[];
}

/** A pipeline as data. Names of nodes are unique among nodes, names of outputs among outputs. */
export interface Graph {
  readonly name: string;
  /** What the caller calls this version of its stages. */
  readonly version?: string | undefined;
  /** In the order of declaration: a node stands after everything it reads. */
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly GraphOutput[];
  /** An output is in one group at most. */
  readonly groups?: readonly GraphGroup[] | undefined;
}

/** Names of the nodes that a node reads, in order; one name may come twice. */
export function inputsOf(node: GraphNode): readonly string[] {
  switch (node.kind) {
    case 'source':
      return [];
    case 'combine':
      return node.inputs;
    case 'stage':
    case 'hold':
    case 'rejects':
      return [node.from];
  }
}

/** The output of what a stage refuses, if it has one. */
export function letterOf(graph: Graph, stage: string): GraphOutput | undefined {
  const rejects = graph.nodes.find((node) => node.kind === 'rejects' && node.from === stage);
  return rejects && graph.outputs.find((output) => output.from === rejects.name);
}

/** The node whose items an output or a hold consists of: itself, or what a hold holds. */
export function originOf(graph: Graph, name: string): string {
  const node = graph.nodes.find((candidate) => candidate.name === name);
  return node?.kind === 'hold' ? node.from : name;
}

/** The schema that was declared for what an output is written from, if one was. */
export function declaredSchema(graph: Graph, from: string): Schema | undefined {
  const node = graph.nodes.find((candidate) => candidate.name === originOf(graph, from));
  return node === undefined || node.kind === 'hold' ? undefined : node.options.schema;
}

/** Names of the nodes from which one of `outputs` can be reached. What is not among them is never computed. */
export function nodesAbove(graph: Graph, outputs: readonly Pick<GraphOutput, 'from'>[]): ReadonlySet<string> {
  const above = new Set(outputs.map((output) => output.from));
  for (const node of graph.nodes.toReversed()) {
    if (!above.has(node.name)) continue;
    for (const input of inputsOf(node)) above.add(input);
  }
  return above;
}

/** Names of a node and of all that read it, or what is made of it. */
export function nodesBelow(graph: Graph, name: string): ReadonlySet<string> {
  const below = new Set([name]);
  for (const node of graph.nodes) {
    if (inputsOf(node).some((input) => below.has(input))) below.add(node.name);
  }
  return below;
}

/** Names of the outputs that can be reached from a node. */
export function outputsBelow(graph: Graph, name: string): readonly string[] {
  const below = nodesBelow(graph, name);
  return graph.outputs.filter((output) => below.has(output.from)).map((output) => output.name);
}

/** Names of the sources that a stage, or an output from it, is made from. */
export function sourcesOf(graph: Graph, from: string): string[] {
  const above = nodesAbove(graph, [{ from }]);
  return graph.nodes
    .filter((node) => node.kind === 'source' && above.has(node.name))
    .map((node) => node.name);
}
