import { describe, expect, it } from 'vitest';
import { findMutations } from './find-mutations.js';

const commit = `
export async function commit(fs, signal) {
  signal.throwIfAborted();
  if (fs === undefined) throw new Error('no file system');
  await fs.rename('stage', 'target');
  await syncDirectory(fs, 'parent');
  const facts = await fs.lstat('target');
  await check(facts);
  return settle(fs);
}
`;
const names = (text: string, file = 'store/commit.ts'): string[] =>
  findMutations(file, text).map(({ name }) => name);

describe('mutations of a file', () => {
  it('are each call that syncs or moves names, each check, and each two neighbouring steps', () => {
    expect(names(commit)).toEqual([
      "store/commit.ts commit: swap await fs.rename('stage', 'target'); <> await syncDirectory(fs, 'parent');",
      "store/commit.ts commit: swap await syncDirectory(fs, 'parent'); <> const facts = await fs.lstat('target');",
      'store/commit.ts commit: swap await check(facts); <> return settle(fs);',
      'store/commit.ts commit: unchecked signal.throwIfAborted()',
      'store/commit.ts commit: unchecked fs === undefined',
      "store/commit.ts commit: remove fs.rename('stage', 'target')",
      "store/commit.ts commit: remove syncDirectory(fs, 'parent')",
    ]);
  });

  it('exchange no steps of which the second needs what the first has found', () => {
    expect(names('async function f() { const a = await one(); await two(a); }')).toEqual([]);
  });

  it('exchange no two steps that only look at the disk, unless each may end the function', () => {
    const swaps = (body: string): number =>
      names(`async function f(fs) { ${body} }`).filter((name) => name.includes(': swap ')).length;
    const [one, other] = [
      "const a = await factsAt(fs, 'a');",
      "const b = await fs.readFile(join('b', 'c'));",
    ];
    expect(swaps(one + other)).toBe(0);
    expect(swaps(`${one} if (await isVersion(fs, 'b')) return false;`)).toBe(0);
    expect(swaps("if (await isVersion(fs, 'a')) return 1; if (await isVersion(fs, 'b')) return 2;")).toBe(1);
    expect(swaps("if (await isVersion(fs, 'a')) throw one; return manifestOf(fs, 'b');")).toBe(1);
    expect(swaps(`${one} await fs.unlink('b');`)).toBe(1);
    expect(swaps(`${one} await lease.take(await fs.realpath('b'));`)).toBe(1);
    expect(swaps(`${one} seen = await fs.readdir('b');`)).toBe(1);
    expect(swaps(`${one} for (const x of list) await factsAt(fs, x.next());`)).toBe(1);
  });

  it('change what they name and nothing else', () => {
    const of = (name: string): string | undefined =>
      findMutations('store/commit.ts', commit).find((mutation) => mutation.name.endsWith(name))?.text;
    expect(of("remove fs.rename('stage', 'target')")).toBe(
      commit.replace("fs.rename('stage', 'target')", 'Promise.resolve()'),
    );
    expect(of('unchecked fs === undefined')).toBe(commit.replace('fs === undefined', 'false'));
    expect(of('swap await check(facts); <> return settle(fs);')).toContain(
      'const mutated = await (settle(fs));\nawait check(facts);\nreturn mutated;',
    );
  });

  it('keep their names when the file changes elsewhere, and lose their digest only with their function', () => {
    const longer = `// A comment.\nconst other = 1;\n${commit}`;
    const facts = (text: string): string[] =>
      findMutations('store/commit.ts', text).map(({ name, digest }) => `${name} ${digest}`);
    expect(facts(longer)).toEqual(facts(commit));
    expect(facts(commit.replace('no file system', 'none'))).not.toEqual(facts(commit));
    expect(names(commit.replace('no file system', 'none'))).toEqual(names(commit));
  });

  it('have names of their own where one function does the same twice', () => {
    expect(
      names('async function f() { await file.sync(); } async function g() { await x.sync(), x.sync(); }'),
    ).toEqual([
      'store/commit.ts f: remove file.sync()',
      'store/commit.ts g: remove x.sync()',
      'store/commit.ts g: remove x.sync() #2',
    ]);
  });

  it('are of a machine its guards, always and never true, and the order of its transitions', () => {
    const machine = `
      const machine = setup({ guards: { ready: ({ context }) => context.ready } }).createMachine({
        always: [{ guard: 'ready', target: 'done' }, { target: 'waiting' }],
      });`;
    expect(names(machine, 'output/output.machine.ts')).toEqual([
      'output/output.machine.ts ready: guard ready always true',
      'output/output.machine.ts ready: guard ready always false',
      "output/output.machine.ts file: precedence { guard: 'ready', target: 'done' } <> { target: 'waiting' }",
    ]);
    expect(names(machine)).toEqual([]);
  });
});
