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
import { createRunMachine } from '../pipeline/run.machine.js';
import { createCrewMachine } from '../pool/crew.machine.js';
import { createPoolMachine } from '../pool/pool.machine.js';
import { createWorkerMachine } from '../pool/worker.machine.js';
import { stateDiagramOf } from './state-diagram.js';

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

const doc = fileURLToPath(new URL('../../../../docs/lifecycle.md', import.meta.url));

describe('docs/lifecycle.md', () => {
  it.each(Object.entries(machines))('draws the %s machine as it is', (name, machine) => {
    const diagram = stateDiagramOf(machine);
    const text = readFileSync(doc, 'utf8');
    const section = new RegExp(`(<!-- chart:${name} -->)[\\s\\S]*?(<!-- end -->)`);
    expect(text).toMatch(section);
    if (process.env.UPDATE_DOCS === '1') writeFileSync(doc, text.replace(section, `$1\n${diagram}\n$2`));
    else expect(section.exec(text)?.[0]).toContain(diagram);
  });
});
