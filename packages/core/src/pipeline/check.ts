// Owns what a declaration is refused for: names, options, sinks, cycles, outputs that would meet. Every refusal is a
// PlanError that says where, and what to write instead. It never touches the file system.

import { schemaProblem } from '../batch/check-schema.js';
import type { Schema } from '../batch/schema.js';
import { parseBytes } from '../budget/parse-bytes.js';
import { PlanError } from '../errors/named-errors.js';
import type { Sink } from '../sink/sink.js';
import { isDeadLetter } from './dead-letter.js';
import { type Graph, inputsOf } from './graph.js';

const operation = 'declare pipeline';
const maxNameLength = 120;

/** A name in messages: quoted, cut, whatever it is. */
export function quoted(name: unknown): string {
  return typeof name === 'string' ? `'${name.slice(0, maxNameLength)}'` : `a value of type ${kindOf(name)}`;
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

export function planError(
  message: string,
  context: { pipeline: string; stage?: string; output?: string },
): PlanError {
  return new PlanError(message, { operation, context });
}

/**
 * Names go into reports, actor ids and messages; those of outputs into staging paths as well.
 * @param what for the message: `stage`, `output`, `pipeline`
 */
export function checkName(what: string, name: unknown, pipeline: string): asserts name is string {
  const where = what === 'pipeline' ? '' : ` in pipeline ${quoted(pipeline)}`;
  const refuse = (problem: string): never => {
    throw planError(`The name of a ${what}${where} ${problem}. Use a short plain name such as 'daily'.`, {
      pipeline,
    });
  };
  if (typeof name !== 'string') refuse(`must be a string, not ${kindOf(name)}`);
  // Narrowed by the line above, which the compiler does not see through `refuse`.
  const text = name as string;
  if (text.trim() === '') refuse('is empty');
  if (text !== text.trim()) refuse(`begins or ends with a space: ${quoted(text)}`);
  if (text.length > maxNameLength) refuse(`is longer than ${maxNameLength} characters: ${quoted(text)}...`);
  if (text === '.' || text === '..') refuse(`is ${quoted(text)}, which means a directory`);
  if (/[\\/#]/.test(text)) refuse(`contains '/', '\\' or '#': ${quoted(text)}`);
  if (/\p{Cc}/u.test(text)) refuse(`contains a control character: ${JSON.stringify(text)}`);
}

type OptionKind =
  | 'count'
  | 'whole'
  | 'share'
  | 'bytes'
  | 'ms'
  | 'limit'
  | 'object'
  | 'function'
  | 'schema'
  | 'onBadRow'
  | readonly string[];

/** Checks options that came from JavaScript or from a configuration; unknown ones are refused, as they are typing errors. */
export function checkOptions(
  call: string,
  options: unknown,
  known: Readonly<Record<string, OptionKind>>,
  pipeline: string,
): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw planError(
      `${call} in pipeline ${quoted(pipeline)} got ${kindOf(options)} as options; pass an object.`,
      { pipeline },
    );
  }
  for (const [name, value] of Object.entries(options)) {
    const kind = known[name];
    if (kind === undefined) {
      const names = Object.keys(known).join(', ');
      throw planError(
        `${call} in pipeline ${quoted(pipeline)} has no option ${quoted(name)}; it has ${names}.`,
        { pipeline },
      );
    }
    if (value === undefined) continue;
    const expected = mismatch(kind, value);
    if (expected !== undefined) {
      throw planError(
        `${call} in pipeline ${quoted(pipeline)}: option ${name} must be ${expected}, not ` +
          `${typeof value === 'object' ? kindOf(value) : String(value)}.`,
        { pipeline },
      );
    }
  }
}

function isAmount(value: unknown): boolean {
  if (typeof value !== 'number' && typeof value !== 'string') return false;
  try {
    parseBytes(value);
    return true;
  } catch {
    return false;
  }
}

function mismatch(kind: OptionKind, value: unknown): string | undefined {
  switch (kind) {
    case 'count':
      return Number.isSafeInteger(value) && Number(value) > 0 ? undefined : 'a whole number above 0';
    case 'whole':
      return value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && Number(value) >= 0)
        ? undefined
        : 'a whole number, 0 or more, or Infinity';
    case 'share':
      return typeof value === 'number' && value >= 0 && value <= 1 ? undefined : 'a number from 0 to 1';
    case 'onBadRow':
      return value === 'fail' || value === 'skip' || isDeadLetter(value)
        ? undefined
        : "'fail', 'skip' or deadLetter(sink)";
    case 'bytes':
      return isAmount(value) ? undefined : "an amount of bytes such as 33554432 or '32MiB'";
    case 'ms':
      return typeof value === 'number' && value > 0 ? undefined : 'a number of milliseconds above 0';
    case 'limit':
      return typeof value === 'number' && value >= 0
        ? undefined
        : 'a number of milliseconds, or 0 for no limit';
    case 'object':
      return typeof value === 'object' && value !== null ? undefined : 'an object';
    case 'function':
      return typeof value === 'function' ? undefined : 'a function';
    case 'schema':
      return schemaMismatch(value);
    default:
      return typeof value === 'string' && kind.includes(value)
        ? undefined
        : kind.map((one) => `'${one}'`).join(' or ');
  }
}

function schemaMismatch(value: unknown): string | undefined {
  const problem = schemaProblem(value);
  return problem === undefined ? undefined : `a schema made by defineSchema({ ... }) (it ${problem})`;
}

/** Refuses what is not a sink, showing the right form. */
export function checkSink(output: string, sink: unknown, pipeline: string): asserts sink is Sink<never> {
  if (isSink(sink)) return;
  const got =
    typeof sink === 'string'
      ? `the path ${quoted(sink)}`
      : typeof sink === 'function'
        ? 'a function'
        : kindOf(sink);
  throw planError(
    `flow.write('${output}', ...) in pipeline ${quoted(pipeline)} got ${got} where a sink is expected. ` +
      `Write flow.write('${output}', stage, parquet('out/${output}')), or csv(...), ndjson(...), ` +
      `customSink(new URL('./my-sink.js', import.meta.url), { ... }).`,
    { pipeline, output },
  );
}

function isSink(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  // Only read through `typeof` and Array.isArray: nothing is assumed of what came in.
  const { name, module, target, requires } = value as Partial<Record<string, unknown>>;
  const url = typeof module === 'object' && module !== null && 'url' in module ? module.url : undefined;
  return (
    typeof name === 'string' &&
    typeof target === 'string' &&
    typeof url === 'string' &&
    Array.isArray(requires)
  );
}

/** Refuses a sink that needs columns (partition columns) which the declared schema does not have. */
export function checkRequired(
  output: string,
  sink: Sink<never>,
  schema: Schema | undefined,
  pipeline: string,
): void {
  if (schema === undefined) return;
  const names = schema.fields.map((field) => field.name);
  const missing = sink.requires.filter((column) => !names.includes(column));
  if (missing.length === 0) return;
  throw planError(
    `Output ${quoted(output)} of pipeline ${quoted(pipeline)} needs the column${missing.length > 1 ? 's' : ''} ` +
      `${missing.map(quoted).join(', ')}, which its stage does not have. It has ${names.join(', ')}.`,
    { pipeline, output },
  );
}

/** Refuses a graph in which a node would have to wait for its own output, or reads what does not exist. */
export function checkAcyclic(graph: Graph): void {
  const inputs = new Map(graph.nodes.map((node) => [node.name, inputsOf(node)]));
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (done.has(name)) return;
    const seenAt = path.indexOf(name);
    if (seenAt >= 0) {
      const cycle = [...path.slice(seenAt), name].toReversed().map(quoted).join(' -> ');
      throw planError(
        `Pipeline ${quoted(graph.name)} has a cycle: ${cycle}. A stage cannot read its own output; ` +
          'put the feedback into one operator (expand, scan) or into a second pipeline.',
        { pipeline: graph.name, stage: name },
      );
    }
    const above = inputs.get(name);
    if (above === undefined) {
      const reader = path.at(-1);
      throw planError(
        `${quoted(reader)} in pipeline ${quoted(graph.name)} reads ${quoted(name)}, which is not declared there.`,
        { pipeline: graph.name },
      );
    }
    for (const input of above) visit(input, [...path, name]);
    done.add(name);
  };
  for (const node of graph.nodes) visit(node.name, []);
}
