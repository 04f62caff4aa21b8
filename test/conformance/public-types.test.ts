// Whoever names a type that a function takes or gives can import it from where the function is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { missingTypes } from './public-types.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Inner parts that stand in the types of what users have in hand: machines behind `actor`, what `createMemory` makes and only we
 * use, messages of threads, the protocol of Spark, tables by which types of columns are looked up. What they are is no promise, so that they have no public name.
 */
const inner: ReadonlySet<string> = new Set([
  'RunMachine',
  'PoolMachine',
  'Budget',
  'Slabs',
  'Scratch',
  'Spillable',
  'FromWorker',
  'PlainError',
  'ToWorker',
  'WorkerStartup',
  'Engine',
  'Expression',
  'Groups',
  'PlanText',
  'Relation',
  'Relations',
  'WindowExpression',
  'SortOrder',
  'WindowParts',
  'Bits',
  'Quotients',
  'Sums',
  'Typed',
]);

/** The public entries of each package, as the compiler is told of them. */
function entriesOfPackages(): readonly (readonly string[])[] {
  const path = 'tsconfig.base.json';
  // What it may say is checked by the compiler, which builds by it; of that, this is read.
  const { config } = ts.parseConfigFileTextToJson(path, readFileSync(join(root, path), 'utf8')) as {
    readonly config: { readonly compilerOptions: { readonly paths: Readonly<Record<string, string[]>> } };
  };
  const entries = Object.entries(config.compilerOptions.paths);
  return ['@tailrace/core', '@tailrace/writers', '@tailrace/adapters'].map((name) =>
    entries.flatMap(([entry, [file = '']]) =>
      entry === name || entry.startsWith(`${name}/`) ? [join(root, file)] : [],
    ),
  );
}

test('a type that a signature of an entry names is exported by an entry of its package', () => {
  const missing = missingTypes(entriesOfPackages(), root);
  const told = missing.filter(({ type }) => !inner.has(type));
  expect(told).toEqual([]);
  // None of them is there for what is gone.
  expect([...inner].filter((name) => !missing.some(({ type }) => type === name))).toEqual([]);
});
