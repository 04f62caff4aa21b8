// Owns the words of a declaration (`flow.source`, `stage`, `combine`, `hold`, `write`) and makes the graph of them.
// It checks everything at once and runs nothing.
import { EMPTY, isObservable, type Observable, type OperatorFunction } from 'rxjs';
import type { RowOf } from '../batch/batch.js';
import type { HasRowsOf, RowsHere, TakesRowsOf } from '../batch/rows-elsewhere.js';
import type { Schema } from '../batch/schema.js';
import { badRowSchema } from '../materialise/bad-row.js';
import type { Sink } from '../sink/sink.js';
import type { Source } from '../source/source.js';
import {
  checkAcyclic,
  checkName,
  checkOptions,
  checkRequired,
  checkSink,
  kindOf,
  planError,
  quoted,
} from './check.js';
import { checkColumnPolicies, checkDeadLetter, checkLetters, checkLimits } from './check-bad-rows.js';
import { rejectsName } from './dead-letter.js';
import type { Graph, GraphGroup, GraphNode, GraphOutput, StageOptions, WriteOptions } from './graph.js';
import { checkedGroup } from './group.js';
import {
  createHandle,
  createOutputRef,
  type OutputRef,
  ownerOf,
  type Stage,
  type Streams,
} from './handle.js';
import { checkLocations } from './locations.js';
import { stageOptions, writeOptions } from './option-kinds.js';

/** What a declaration is written with. Every method throws a PlanError naming the pipeline and what to write instead. */
export interface Flow {
  /**
   * Declares where items come from. It is opened when all its consumers are ready, and then only asked under credit. Its
   * columns are those of the option `schema`, else those that the source itself knows, else inferred from the first rows.
   */
  source<T>(name: string, from: Source<T>, options?: StageOptions<NoInfer<T>>): Stage<T>;
  /**
   * Declares a computation: any RxJS operator, or several through `pipe`. It runs once however many consumers it has.
   * The operator is applied once when it is declared (to a stream that is never subscribed), to see that it is one.
   */
  stage<A, B>(
    name: string,
    from: Stage<A>,
    operator: OperatorFunction<A, B>,
    options?: StageOptions<NoInfer<B>>,
  ): Stage<B>;
  /**
   * Joins several streams. An input starts when `join`'s result subscribes to it, which may be late: with `concatMap`
   * or `switchMap` a second input begins after the first has completed.
   */
  combine<const I extends readonly Stage<unknown>[], B>(
    name: string,
    from: I,
    join: (...streams: Streams<I>) => Observable<B>,
    options?: StageOptions<NoInfer<B>>,
  ): Stage<B>;
  /**
   * Keeps what a stage emits, as columns, until its last consumer is through: those read it each on their own, at
   * their own pace, late or more than once. A stage is held at most once: asking again gives the same handle. Items whose
   * rows are elsewhere are refused: there is nothing of them to keep.
   */
  hold<T>(from: Stage<T> & NoInfer<HasRowsOf<RowOf<T>>>): Stage<T>;
  hold<T extends RowsHere>(from: Stage<T>): Stage<T>;
  /**
   * Declares an output: the rows of a stage, written to a sink as a whole. Items whose rows are elsewhere want a sink that
   * takes them from there. A function over stages of any rows says `T extends object` to call it.
   */
  write<T>(
    name: string,
    from: Stage<T>,
    sink: Sink<NoInfer<RowOf<T>>> & NoInfer<TakesRowsOf<RowOf<T>>>,
    options?: WriteOptions,
  ): OutputRef;
  write<T extends RowsHere>(
    name: string,
    from: Stage<T>,
    sink: Sink<NoInfer<RowOf<T>>>,
    options?: WriteOptions,
  ): OutputRef;
  /**
   * Makes outputs commit together: none is published before all are ready, on stable storage; when one fails or is cancelled
   * before that, none is. After a crash all are published or none, once the next run has begun on any of their paths. They
   * become visible one after the other, the last one last: a reader that finds the last one new finds all of them new. Local
   * files only; an output is in one group at most.
   */
  commitGroup(name: string, outputs: readonly [OutputRef, OutputRef, ...OutputRef[]]): void;
}

/** Runs a declaration and gives its graph, checked. Throws a PlanError for whatever is wrong with it. */
export function declareGraph(pipeline: string, declare: (flow: Flow) => void): Graph {
  checkName('pipeline', pipeline, pipeline);
  if (typeof declare !== 'function') {
    throw planError(
      `pipeline('${pipeline}', ...) got ${kindOf(declare)}; pass a function: pipeline('${pipeline}', (flow) => { ... }).`,
      { pipeline },
    );
  }
  const declaration = {};
  const nodes = new Map<string, GraphNode>();
  const outputs = new Map<string, GraphOutput>();
  const holds = new Map<string, Stage<unknown>>();
  const groups: GraphGroup[] = [];
  const refs = new Map<unknown, string>();
  let closed = false;

  const refuse = (message: string, stage?: string): never => {
    throw planError(message, stage === undefined ? { pipeline } : { pipeline, stage });
  };
  const refuseLate = (name: string): void => {
    if (!closed) return;
    refuse(
      `The declaration of pipeline '${pipeline}' has ended; declare ${quoted(name)} inside it, not later.`,
    );
  };
  const begin = (what: 'stage' | 'output', name: string): void => {
    refuseLate(name);
    checkName(what, name, pipeline);
    if (!(what === 'stage' ? nodes : outputs).has(name)) return;
    refuse(`Pipeline '${pipeline}' has two ${what}s named '${name}'. Rename one of them.`, name);
  };
  const resolve = (call: string, handle: unknown): string => {
    const owner = ownerOf(handle);
    if (owner === undefined) {
      return refuse(
        `${call} in pipeline '${pipeline}' got ${kindOf(handle)} where the handle of a stage is expected: ` +
          'pass what flow.source, flow.stage, flow.combine or flow.hold returned.',
      );
    }
    if (owner.declaration === declaration) return owner.node;
    return refuse(
      `${call} in pipeline '${pipeline}' got '${owner.node}' of ` +
        `${owner.pipeline === pipeline ? 'another declaration of' : 'pipeline'} '${owner.pipeline}'. Handles ` +
        'are good for their own pipeline only; declare the stage here as well.',
    );
  };
  const addRejects = (stage: string, options: StageOptions): void => {
    const { onBadRow = 'fail' } = options;
    checkLimits(stage, options, pipeline);
    checkColumnPolicies(stage, options, pipeline);
    if (typeof onBadRow === 'string') return;
    const output = checkDeadLetter(stage, onBadRow, pipeline);
    begin('output', output);
    const name = rejectsName(stage);
    begin('stage', name);
    nodes.set(name, { kind: 'rejects', name, from: stage, options: { schema: badRowSchema } });
    checkRequired(output, onBadRow.sink, badRowSchema, pipeline);
    const { name: _, ...writing } = onBadRow.options;
    outputs.set(output, { name: output, from: name, sink: onBadRow.sink, options: writing });
  };
  const add = <T>(node: GraphNode): Stage<T> => {
    nodes.set(node.name, node);
    if (node.kind !== 'hold' && node.kind !== 'rejects') addRejects(node.name, node.options);
    return createHandle<T>({ declaration, pipeline, node: node.name });
  };
  const schemaOf = (name: string): Schema | undefined => {
    const node = nodes.get(name);
    if (node === undefined) return undefined;
    return node.kind === 'hold' ? schemaOf(node.from) : node.options.schema;
  };

  const flow: Flow = {
    source<T>(name: string, from: Source<T>, options: StageOptions<NoInfer<T>> = {}) {
      begin('stage', name);
      const call = `flow.source('${name}', ...)`;
      if (typeof from !== 'object' || from === null || typeof from.open !== 'function') {
        refuse(
          `${call} in pipeline '${pipeline}' got ${kindOf(from)} where a source is expected. ` +
            `Write flow.source('${name}', fromIterable(items)), or readParquet(path), fromObservable(stream, { overflow }).`,
          name,
        );
      }
      checkOptions(call, options, stageOptions, pipeline);
      if (options.schema !== undefined) return add<T>({ kind: 'source', name, source: from, options });
      // What a source says of itself may come from JavaScript too.
      const known = { ...options, schema: from.schema };
      checkOptions(call, known, stageOptions, pipeline);
      return add<T>({ kind: 'source', name, source: from, options: known });
    },
    stage<A, B>(
      name: string,
      from: Stage<A>,
      operator: OperatorFunction<A, B>,
      options: StageOptions<NoInfer<B>> = {},
    ) {
      begin('stage', name);
      const call = `flow.stage('${name}', ...)`;
      const input = resolve(call, from);
      checkOperator(operator, (problem, cause) => {
        const message = `${call} in pipeline '${pipeline}' ${problem} Pass an RxJS operator: map((row) => ...), or pipe(filter(...), map(...)).`;
        const error = planError(message, { pipeline, stage: name });
        if (cause !== undefined) error.cause = cause;
        return error;
      });
      checkOptions(call, options, stageOptions, pipeline);
      // The graph forgets item types; the signature of `stage` has checked that they fit.
      return add<B>({
        kind: 'stage',
        name,
        from: input,
        operator: operator as OperatorFunction<unknown, unknown>,
        options,
      });
    },
    combine<const I extends readonly Stage<unknown>[], B>(
      name: string,
      from: I,
      join: (...streams: Streams<I>) => Observable<B>,
      options: StageOptions<NoInfer<B>> = {},
    ) {
      begin('stage', name);
      const call = `flow.combine('${name}', ...)`;
      const form = `Write flow.combine('${name}', [a, b], (a, b) => merge(a, b)).`;
      if (!Array.isArray(from) || from.length === 0) {
        refuse(`${call} in pipeline '${pipeline}' needs the stages it joins, in an array. ${form}`, name);
      }
      const inputs = from.map((handle) => resolve(call, handle));
      if (typeof join !== 'function') {
        refuse(
          `${call} in pipeline '${pipeline}' got ${kindOf(join)} where a function of streams is expected. ${form}`,
          name,
        );
      }
      checkOptions(call, options, stageOptions, pipeline);
      // As in `stage`: the signature has checked the streams against the parameters.
      const erased = join as unknown as (...streams: readonly Observable<unknown>[]) => Observable<unknown>;
      return add<B>({ kind: 'combine', name, inputs, join: erased, options });
    },
    hold<T>(from: Stage<T>) {
      const of = resolve('flow.hold(...)', from);
      const there = holds.get(of) ?? (nodes.get(of)?.kind === 'hold' ? from : undefined);
      // The handle in the map was made for the same node, so for the same item type.
      if (there !== undefined) return there as Stage<T>;
      const name = `${of} (held)`;
      begin('stage', name);
      const handle = add<T>({ kind: 'hold', name, from: of });
      holds.set(of, handle);
      return handle;
    },
    write<T>(name: string, from: Stage<T>, sink: Sink<NoInfer<RowOf<T>>>, options: WriteOptions = {}) {
      begin('output', name);
      const call = `flow.write('${name}', ...)`;
      const input = resolve(call, from);
      // Checked as if it came from JavaScript; what the graph keeps has forgotten the row type.
      const erased: unknown = sink;
      checkSink(name, erased, pipeline);
      checkOptions(call, options, writeOptions, pipeline);
      checkRequired(name, erased, schemaOf(input), pipeline);
      outputs.set(name, { name, from: input, sink: erased, options });
      const ref = createOutputRef(name);
      refs.set(ref, name);
      return ref;
    },
    commitGroup(name, members) {
      refuseLate(name);
      const outputOf = (handle: unknown): string | undefined => refs.get(handle);
      groups.push(checkedGroup(name, members, { pipeline, outputs, groups, outputOf }));
    },
  };

  const returned: unknown = declare(flow);
  closed = true;
  if (typeof returned === 'object' && returned !== null && 'then' in returned) {
    refuse(
      `The declaration of pipeline '${pipeline}' is asynchronous. Await what it needs first, then declare.`,
    );
  }
  const graph: Graph = { name: pipeline, nodes: [...nodes.values()], outputs: [...outputs.values()], groups };
  if (refs.size === 0) {
    refuse(
      `Pipeline '${pipeline}' writes nothing. Declare an output: flow.write('name', stage, parquet('out/name')).`,
    );
  }
  checkAcyclic(graph);
  checkLetters(graph);
  checkLocations(graph);
  return graph;
}

/** Applies a would-be operator to a stream that is never subscribed: only an operator answers with a stream. */
function checkOperator(operator: unknown, refusal: (problem: string, cause?: unknown) => Error): void {
  if (typeof operator !== 'function') {
    throw refusal(`got ${kindOf(operator)} where an operator is expected.`);
  }
  let answer: unknown;
  try {
    answer = operator(EMPTY);
  } catch (cause) {
    throw refusal('got a function that throws when it is given a stream, so it is no operator.', cause);
  }
  if (!isObservable(answer)) {
    throw refusal(`got a function that makes ${kindOf(answer)} of a stream, so it is no operator.`);
  }
}
