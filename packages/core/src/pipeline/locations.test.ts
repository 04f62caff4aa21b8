import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PlanError } from '../errors/named-errors.js';
import type { Graph } from './graph.js';
import { checkLocations } from './locations.js';
import { testSink } from './runtime-fixtures.js';

function graphOf(...paths: readonly string[]): Graph {
  const outputs = paths.map((path, index) => ({
    name: `o${index}`,
    from: 's',
    sink: testSink(path),
    options: {},
  }));
  return { name: 'p', nodes: [], outputs };
}
const refused = (graph: Graph): boolean => {
  try {
    checkLocations(graph);
    return false;
  } catch (error) {
    if (error instanceof PlanError) return true;
    throw error;
  }
};

const segment = fc.stringMatching(/^[a-c]{1,2}$/);
const path = fc.array(segment, { minLength: 1, maxLength: 4 });

it('refuses two places exactly when one is a prefix of the other, in either order', () => {
  fc.assert(
    fc.property(path, path, (a, b) => {
      const meets =
        a.slice(0, b.length).every((name, index) => name === b[index]) &&
        b.slice(0, a.length).every((name, index) => name === a[index]);
      expect(refused(graphOf(a.join('/'), b.join('/')))).toBe(meets);
      expect(refused(graphOf(b.join('/'), a.join('/')))).toBe(meets);
    }),
  );
});

it('knows a key of a store whichever way its name is written', () => {
  const remote = (...paths: readonly string[]): Graph => {
    const { outputs, ...graph } = graphOf(...paths);
    const located = outputs.map((output, at) => ({
      ...output,
      sink: { ...output.sink, location: { scheme: 's3', path: paths[at] ?? '', kind: 'directory' as const } },
    }));
    return { ...graph, outputs: located };
  };
  expect(refused(remote('s3://b/a#2', 's3://b/a%232'))).toBe(true);
  expect(refused(remote('s3://b/a#2', 's3://b/a'))).toBe(false);
  expect(refused(remote('s3://b/100%', 's3://b/100'))).toBe(false);
});

it('sees through detours', () => {
  const detour = fc.constantFrom('./', 'x/../', '/', '');
  fc.assert(
    fc.property(path, fc.array(detour, { minLength: 4, maxLength: 4 }), (names, detours) => {
      const winding = names.map((name, index) => `${detours[index] ?? ''}${name}`).join('/');
      expect(refused(graphOf(names.join('/'), winding))).toBe(true);
    }),
  );
});
