// Owns the picture of a declared graph: as data and as a Mermaid flowchart. It reads the graph and nothing else.
import { describeSchema } from '../batch/schema.js';
import { quoted } from './check.js';
import { type Graph, type GraphGroup, type GraphNode, inputsOf, type NodeKind, nodesAbove } from './graph.js';
import { checkLocations } from './locations.js';

/** A source, a stage or whatever else rows come from. */
export interface NodeDescription {
  readonly name: string;
  readonly kind: NodeKind;
  /** Declared columns, as `day date, delay float64?`; undefined when they are inferred. */
  readonly schema: string | undefined;
  /** False when no output needs it: it is not computed. */
  readonly used: boolean;
}
/** Which node another one reads. */
export interface EdgeDescription {
  readonly from: string;
  readonly to: string;
  /** 0-based position among the inputs of `to`. */
  readonly input: number;
}
/** What is written of which node, and where. */
export interface OutputDescription {
  readonly name: string;
  readonly from: string;
  readonly sink: string;
  readonly target: string;
}
/** A declared graph as plain data. */
export interface PipelineDescription {
  readonly name: string;
  readonly nodes: readonly NodeDescription[];
  readonly edges: readonly EdgeDescription[];
  readonly outputs: readonly OutputDescription[];
  /** Outputs that commit together, by name; the last one is published last. */
  readonly groups: readonly GraphGroup[];
  /** What is allowed but probably not meant: stages that nothing needs, paths that differ only in case. */
  readonly warnings: readonly string[];
  /** A Mermaid `flowchart`. */
  readonly mermaid: string;
}

export function describeGraph(graph: Graph): PipelineDescription {
  const used = nodesAbove(graph, graph.outputs);
  const nodes = graph.nodes.map(
    (node): NodeDescription => ({
      name: node.name,
      kind: node.kind,
      schema:
        node.kind === 'hold' || node.options.schema === undefined
          ? undefined
          : describeSchema(node.options.schema),
      used: used.has(node.name),
    }),
  );
  const edges = graph.nodes.flatMap((node) =>
    inputsOf(node).map((from, input): EdgeDescription => ({ from, to: node.name, input })),
  );
  const outputs = graph.outputs.map(
    ({ name, from, sink }): OutputDescription => ({ name, from, sink: sink.name, target: sink.target }),
  );
  const idle = nodes
    .filter((node) => !node.used)
    .map((node) => `No output needs ${quoted(node.name)}: it is not computed. Write it, or remove it.`);
  const { groups = [] } = graph;
  return {
    name: graph.name,
    nodes,
    edges,
    outputs,
    groups,
    warnings: [...idle, ...checkLocations(graph)],
    mermaid: mermaid(nodes, edges, outputs, groups),
  };
}

const shapes: Record<GraphNode['kind'], readonly [string, string]> = {
  source: ['([', '])'],
  stage: ['[', ']'],
  combine: ['{{', '}}'],
  hold: ['[(', ')]'],
  rejects: ['>', ']'],
};

function mermaid(
  nodes: readonly NodeDescription[],
  edges: readonly EdgeDescription[],
  outputs: readonly OutputDescription[],
  groups: readonly GraphGroup[],
): string {
  const ids = new Map(nodes.map((node, index) => [node.name, `n${index}`]));
  const id = (name: string): string => ids.get(name) ?? 'unknown';
  const lines = ['flowchart LR'];
  for (const node of nodes) {
    const [open, close] = shapes[node.kind];
    lines.push(`  ${id(node.name)}${open}"${escaped(node.name)}"${close}${node.used ? '' : ':::unused'}`);
  }
  outputs.forEach((output, index) => {
    lines.push(`  o${index}[/"${escaped(output.name)}<br/>${escaped(`${output.sink}: ${output.target}`)}"/]`);
  });
  for (const edge of edges) lines.push(`  ${id(edge.from)} --> ${id(edge.to)}`);
  outputs.forEach((output, index) => {
    lines.push(`  ${id(output.from)} ==> o${index}`);
  });
  groups.forEach((group, index) => {
    const members = group.outputs.map((name) => `o${outputs.findIndex((output) => output.name === name)}`);
    lines.push(
      `  subgraph g${index}["commit together: ${escaped(group.name)}"]`,
      `    ${members.join(' & ')}`,
      '  end',
    );
  });
  if (nodes.some((node) => !node.used)) lines.push('  classDef unused stroke-dasharray: 4 4');
  return `${lines.join('\n')}\n`;
}

/** Text inside a quoted Mermaid label: whatever could end it, or be read as markup, becomes an entity. */
function escaped(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[#&"<>`\\[\]{}()|;]/g, (character) => `#${character.charCodeAt(0)};`);
}
