// Owns the picture of a machine: a state diagram in Mermaid, drawn from the machine itself, for pages that a test holds against
// it.

interface ChartNode {
  readonly key: string;
  readonly path: readonly string[];
  readonly type: string;
  readonly tags: readonly string[];
  readonly initial: { readonly target: readonly ChartNode[] };
  readonly states: Readonly<Record<string, ChartNode>>;
  readonly transitions: ReadonlyMap<
    string,
    readonly { readonly target?: readonly ChartNode[] | undefined }[]
  >;
  readonly always?: readonly { readonly target?: readonly ChartNode[] | undefined }[] | undefined;
}

const idOf = (node: ChartNode): string => (node.path.length === 0 ? 'root' : node.path.join('_'));
const wordOf = (event: string): string =>
  event
    .replace(/^xstate\.done\.actor\./, 'done: ')
    .replace(/^xstate\.error\.actor\./, 'failed: ')
    .replace(/^xstate\.after\.(\w+)\..*$/, 'after $1');

function draw(node: ChartNode, depth: number): string[] {
  const pad = '  '.repeat(depth);
  const lines: string[] = [];
  const children = Object.values(node.states);
  if (children.length > 0 && node.type !== 'parallel') {
    for (const target of node.initial.target) lines.push(`${pad}[*] --> ${idOf(target)}`);
  }
  for (const [index, child] of children.entries()) {
    if (node.type === 'parallel' && index > 0) lines.push(`${pad}--`);
    if (Object.keys(child.states).length > 0) {
      lines.push(`${pad}state "${child.key}" as ${idOf(child)} {`, ...draw(child, depth + 1), `${pad}}`);
    } else {
      lines.push(`${pad}state "${child.key}" as ${idOf(child)}`);
    }
    const edges = new Map<string, string[]>();
    const add = (target: ChartNode, word: string): void => {
      const line = `${pad}${idOf(child)} --> ${idOf(target)}`;
      edges.set(line, [...(edges.get(line) ?? []), word]);
    };
    for (const [event, transitions] of child.transitions) {
      for (const { target } of transitions) if (target?.[0] !== undefined) add(target[0], wordOf(event));
    }
    // What the parent does on an event, it does in every state that is not final.
    for (const [event, transitions] of child.type === 'final' ? [] : node.transitions) {
      for (const { target } of transitions) {
        if (target?.[0] !== undefined && target[0].path.length > node.path.length)
          add(target[0], wordOf(event));
      }
    }
    for (const { target } of child.always ?? []) if (target?.[0] !== undefined) add(target[0], 'at once');
    for (const [line, words] of edges) lines.push(`${line} : ${[...new Set(words)].join(', ')}`);
    if (child.type === 'final') lines.push(`${pad}${idOf(child)} --> [*]`);
  }
  return lines;
}

/**
 * The states of a machine of XState and what leads from one to another, as a fenced diagram.
 * @param machine as `createMachine` gives it
 * @example expect(page).toContain(stateDiagramOf(machine))
 */
export function stateDiagramOf({ root }: { readonly root: object }): string {
  // XState's own node type is generic over everything; the diagram needs these few public fields.
  return ['```mermaid', 'stateDiagram-v2', ...draw(root as ChartNode, 1), '```'].join('\n');
}
