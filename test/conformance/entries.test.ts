// What the built entries pull in at run time, followed import by import through dist.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const dist = fileURLToPath(new URL('../../packages/core/dist/', import.meta.url));
const imports = /^(?:import|export)\s*(?:[\w*$\s{},]+?from\s*)?["']([^"']+)["'];?$/gm;

function packagesReachedFrom(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(imports)) {
    if (specifier === undefined) continue;
    if (specifier.startsWith('.')) packagesReachedFrom(join(dirname(file), specifier), seen);
    else seen.add(specifier);
  }
  return seen;
}

test('the sink entry loads neither RxJS nor XState', () => {
  const reached = packagesReachedFrom(join(dist, 'sink/index.js'));
  expect(reached).not.toContain('rxjs');
  expect(reached).not.toContain('xstate');
});

test('the worker entry does not load RxJS', () => {
  expect(packagesReachedFrom(join(dist, 'worker/main.js'))).not.toContain('rxjs');
});
