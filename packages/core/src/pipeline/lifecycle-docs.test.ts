// The diagrams of docs/lifecycle.md are the machines themselves: drawn from their charts, and compared here.
// UPDATE_DOCS=1 draws them again.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fromPromise } from 'xstate';
import { toPlainError } from '../errors/plain-error.js';
import { createAttemptMachine } from '../output/attempt.machine.js';
import type { AttemptLogic } from '../output/attempt-mirror.js';
import { createOutputMachine } from '../output/output.machine.js';
import { createWriteMachine } from '../output/write.machine.js';
import { createCrewMachine } from '../pool/crew.machine.js';
import { createPoolMachine } from '../pool/pool.machine.js';
import { createWorkerMachine } from '../pool/worker.machine.js';
import { createRunMachine } from './run.machine.js';

const nothing = async () => {};
const write = createWriteMachine({
  acquireWorker: nothing,
  // Only the chart is of interest.
  attemptLogic: fromPromise(nothing) as unknown as AttemptLogic,
  abortAttempt: nothing,
  progress: () => ({ outstanding: 0, quietMs: 0 }),
  decide: () => ({ retry: false }),
  decidePause: () => undefined,
});
const output = createOutputMachine({
  begin: async () => ({ skip: false }),
  commit: async () => ({ rows: 0, bytes: 0, files: 0 }),
  verify: async () => undefined,
  abort: nothing,
  settle: nothing,
  gather: nothing,
  isDeciding: () => false,
  leaveGroup: () => {},
  interruptCommit: () => {},
  graceMs: 0,
  removalMs: 0,
  decide: () => ({ retry: false }),
  decidePause: () => undefined,
  writeMachine: write,
});
const worker = createWorkerMachine({ run: () => {}, stop: nothing });
const crew = createCrewMachine({
  see: () => ({ stages: 'unknown', wanted: 0, up: true }),
  apply: () => {},
  lookMs: 0,
});
const pool = createPoolMachine({ output, worker, crew });
const attempt = createAttemptMachine({
  open: nothing,
  encode: nothing,
  flush: nothing,
  abort: nothing,
  describeError: (error) => toPlainError(error, { code: 'SINK_FAILED', operation: 'draw' }),
});
const machines = { run: createRunMachine(pool), pool, crew, worker, output, write, attempt };

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

const doc = fileURLToPath(new URL('../../../../docs/lifecycle.md', import.meta.url));

describe('docs/lifecycle.md', () => {
  it.each(Object.entries(machines))('draws the %s machine as it is', (name, machine) => {
    // XState's own node type is generic over everything; the diagram needs these few public fields.
    const root = machine.root as unknown as ChartNode;
    const diagram = ['```mermaid', 'stateDiagram-v2', ...draw(root, 1), '```'].join('\n');
    const text = readFileSync(doc, 'utf8');
    const section = new RegExp(`(<!-- chart:${name} -->)[\\s\\S]*?(<!-- end -->)`);
    expect(text).toMatch(section);
    if (process.env.UPDATE_DOCS === '1') writeFileSync(doc, text.replace(section, `$1\n${diagram}\n$2`));
    else expect(section.exec(text)?.[0]).toContain(diagram);
  });
});
