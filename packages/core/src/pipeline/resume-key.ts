// Owns what makes two runs the same job: a key per output, of everything declared that decides what it holds.
import { createHash } from 'node:crypto';
import { describeSchema } from '../batch/schema.js';
import { isModuleRef, nameOfModule } from '../sink/module-ref.js';
import {
  type Graph,
  type GraphNode,
  type GraphOutput,
  inputsOf,
  nodesAbove,
  type StageOptions,
  sourcesOf,
} from './graph.js';

/** Fingerprints by name of the source; null for a source that has none. */
export type Fingerprints = ReadonlyMap<string, string | null>;

/** Of the shape and version of a pipeline, and so of what its stages compute, as far as that can be known. */
export function graphFingerprint(graph: Graph): string {
  return digest({ ...pipelineOf(graph), nodes: graph.nodes.map(shapeOf) });
}

/**
 * Of the pipeline's name and version, the output's name, its sink with its options or what it is known by instead, and
 * everything above it: stages, schemas, sources with their fingerprints. What functions compute cannot be seen: that is the
 * version's business.
 */
export function outputKey(graph: Graph, output: GraphOutput, fingerprints: Fingerprints): string {
  const above = nodesAbove(graph, [output]);
  const { name, module, target, identity } = output.sink;
  return digest({
    ...pipelineOf(graph),
    output: output.name,
    from: output.from,
    sink: { name, module: identity === undefined ? module : { ...module, options: identity }, target },
    nodes: graph.nodes.filter((node) => above.has(node.name)).map(shapeOf),
    sources: sourcesOf(graph, output.from).map((source) => [source, fingerprints.get(source) ?? null]),
  });
}

function pipelineOf(graph: Graph): object {
  return { format: 1, pipeline: graph.name, version: graph.version ?? null };
}

function shapeOf(node: GraphNode): unknown {
  const schema = node.kind === 'hold' ? undefined : node.options.schema;
  const shape = [node.kind, node.name, inputsOf(node), schema === undefined ? null : describeSchema(schema)];
  const policies = node.kind === 'hold' ? [] : policiesOf(node.options);
  return policies.length === 0 ? shape : [...shape, ...policies];
}

/** What decides which rows a stage gives to its outputs, and in which form, where it is not as by default. */
function policiesOf({ onBadRow = 'fail', extraColumns, missingColumns }: StageOptions): string[] {
  return [
    // Where the refused rows go is the business of another output.
    ...(onBadRow === 'fail' ? [] : ['bad rows left out']),
    ...(extraColumns === 'drop' ? ['extra columns dropped'] : []),
    ...(missingColumns === 'error' ? ['no missing columns'] : []),
  ];
}

function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 32);
}

/**
 * One text for equal plain data, whatever the order of keys. Modules count by name: where they are installed does not matter.
 * @param above the objects around the value; options may be in circles
 */
function canonical(value: unknown, above: readonly unknown[] = []): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (value instanceof URL) return `url ${value.href}`;
  if (value instanceof RegExp) return `pattern ${value}`;
  if (ArrayBuffer.isView(value)) return bytesOf(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return bytesOf(value, 0, value.byteLength);
  const depth = above.indexOf(value);
  if (depth !== -1) return `circle ${depth}`;
  const path = [...above, value];
  const inner = (item: unknown): string => canonical(item, path);
  const list = (items: readonly unknown[]): string => `[${items.map(inner).join(',')}]`;
  if (value instanceof Map) return `map ${list([...value])}`;
  if (value instanceof Set) return `set ${list([...value])}`;
  if (Array.isArray(value)) return list(value);
  if (isModuleRef(value)) return `module ${list([nameOfModule(value.url), value.options])}`;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const texts = entries.map(([key, item]) => `${JSON.stringify(key)}:${inner(item)}`);
  return `{${texts.sort().join(',')}}`;
}

function bytesOf(buffer: ArrayBufferLike, from: number, count: number): string {
  return `bytes ${Buffer.from(new Uint8Array(buffer, from, count)).toString('base64')}`;
}
