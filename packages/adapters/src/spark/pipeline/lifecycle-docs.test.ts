// The diagram of a write of Spark in docs/lifecycle.md is the machine itself. UPDATE_DOCS=1 draws it again.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stateDiagramOf } from '@tailrace/core/testing';
import { expect, it } from 'vitest';
import { createSparkWriteMachine } from './spark-write.machine.js';

const doc = fileURLToPath(new URL('../../../../../docs/lifecycle.md', import.meta.url));
const nothing = async (): Promise<void> => {};

it('docs/lifecycle.md draws a write of Spark as it is', () => {
  const machine = createSparkWriteMachine({
    execute: () => {},
    verify: async () => false,
    interrupt: nothing,
  });
  const diagram = stateDiagramOf(machine);
  const text = readFileSync(doc, 'utf8');
  const section = /(<!-- chart:sparkWrite -->)[\s\S]*?(<!-- end -->)/;
  expect(text).toMatch(section);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(doc, text.replace(section, `$1\n${diagram}\n$2`));
  else expect(section.exec(text)?.[0]).toContain(diagram);
});
