// Owns which test files could catch a mutation of a source file: those that load it, the quickest first.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Milliseconds that a test file took when nothing was mutated, by its name below packages/core/src. */
export type Durations = Readonly<Record<string, number>>;

export interface Catchers {
  readonly quick: readonly string[];
  /** Each takes longer than `slowMs`. */
  readonly slow: readonly string[];
}

/** A test file that takes longer is tried when everything else has not caught a mutation. */
const slowMs = 6_000;
const importing = /(?:from|import\()\s*'(\.[^']+)'/g;

/** What the source files of a folder load, read once from the text of their imports. */
export class ImportGraph {
  private readonly loads = new Map<string, readonly string[]>();

  /** @param folder absolute path of packages/core/src */
  constructor(private readonly folder: string) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const path = join(folder, name);
      const imported = [...readFileSync(path, 'utf8').matchAll(importing)].map(([, from = '']) =>
        join(dirname(path), from).replace(/\.js$/, '.ts'),
      );
      this.loads.set(path, imported.filter(existsSync));
    }
  }

  /**
   * Names below the folder of all test files that load a file, directly or by others. Without those that put another module in
   * the place of one: all run in one process here, where that module has long been loaded.
   */
  testsOf(file: string): string[] {
    const wanted = join(this.folder, file);
    return [...this.loads.keys()]
      .filter((path) => path.endsWith('.test.ts') && this.reached(path).has(wanted))
      .filter((path) => !readFileSync(path, 'utf8').includes('vi.mock('))
      .map((path) => relative(this.folder, path));
  }

  private reached(from: string): Set<string> {
    const all = new Set([from]);
    // A set also gives what is added to it meanwhile.
    for (const path of all) for (const loaded of this.loads.get(path) ?? []) all.add(loaded);
    return all;
  }
}

/** Tests beside the file come first, then those of other folders; among them the quickest first, and new ones before all. */
export function catchersOf(file: string, tests: readonly string[], durations: Durations): Catchers {
  const duration = (test: string): number => durations[test] ?? 0;
  const isBeside = (test: string): boolean => dirname(test) === dirname(file);
  const sorted = [...tests].sort(
    (one, other) => Number(isBeside(other)) - Number(isBeside(one)) || duration(one) - duration(other),
  );
  const isSlow = (test: string): boolean => duration(test) > slowMs;
  return { quick: sorted.filter((test) => !isSlow(test)), slow: sorted.filter(isSlow) };
}

const digests = new Map<string, string>();

/** Of the texts of test files: another one once any of them has changed. */
export function textsDigest(folder: string, tests: readonly string[]): string {
  const key = tests.join();
  const known = digests.get(key);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for (const test of tests.toSorted()) hash.update(readFileSync(join(folder, test)));
  const digest = hash.digest('hex').slice(0, 12);
  digests.set(key, digest);
  return digest;
}
