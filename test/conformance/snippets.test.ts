// The TypeScript of the guides and of the README compiles: all of it in one program, under the options of this repository.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs/guides'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/guides/${name}`),
];
/** Where a snippet takes what it does not import: those are short, and the page says where names come from. */
const entries = [
  '@tailrace/core',
  '@tailrace/writers',
  '@tailrace/adapters/sources',
  '@tailrace/adapters/inspector',
  '@tailrace/adapters/s3',
  '@tailrace/core/sink',
];
/** Snippets of these are copied into modules of their own, and import all that they use. */
const copied = ['docs/guides/plug-points.md'];
/** What the text leaves to its reader, as globals, which a snippet may have for itself. */
const readers = `
  declare function simulate(): import('rxjs').Observable<{ readonly path: number; readonly price: number }>;
  declare const flights: import('@tailrace/core').Pipeline;
  declare const shown: import('@tailrace/adapters/inspector').Inspector;`;
const readersFile = join(root, 'test/conformance/snippet-readers.d.ts');

interface Snippet {
  /** As it is called in messages: page and line. */
  readonly at: string;
  readonly file: string;
  readonly code: string;
}

function snippetsOf(page: string): readonly Snippet[] {
  const text = readFileSync(join(root, page), 'utf8');
  // Beside the tests, from where all packages are found; those of a page may import each other.
  const dir = join(root, 'test/conformance', `snippets-${page.replaceAll(/\W/g, '-')}`);
  return [...text.matchAll(/^```ts(?: file=(\S+))?[^\n]*\n(.*?)^```/gms)].map((found) => {
    const { 1: name, 2: code = '', index } = found;
    const line = text.slice(0, index).split('\n').length;
    return { at: `${page}:${line}`, file: join(dir, name ?? `line-${line}.ts`), code };
  });
}

function optionsOf(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.base.json');
  const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as { readonly config: object };
  return ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root).options;
}

/** What the checker says of each snippet, as `page:line: message`. */
function problemsOf(snippets: readonly Snippet[]): string[] {
  const unimported: string[] = [];
  const options = optionsOf();
  const texts = new Map([
    [readersFile, readers],
    ...snippets.map(({ file, code }) => [file, `${code}\nexport {};`] as const),
  ]);
  const host = ts.createCompilerHost(options);
  const fromDisk = host.getSourceFile.bind(host);
  const dirs = new Set(snippets.map(({ file }) => dirname(file)));
  host.fileExists = (file) => texts.has(file) || ts.sys.fileExists(file);
  host.directoryExists = (dir) => dirs.has(dir) || ts.sys.directoryExists(dir);
  host.getSourceFile = (file, version, ...rest) => {
    const text = texts.get(file);
    return text === undefined
      ? fromDisk(file, version, ...rest)
      : ts.createSourceFile(file, text, version, true);
  };
  const check = (before?: ts.Program): ts.Program =>
    ts.createProgram([...texts.keys()], options, host, before);
  // The first round only finds out which names are missing; where they come from, the second one is told.
  const first = check();
  for (const { at, file } of snippets) {
    // "Cannot find name", and the same with "Did you mean".
    const missing = diagnosticsOf(first, file).flatMap(({ code, messageText }) =>
      code === 2304 || code === 2552 ? [/'(\w+)'/.exec(String(messageText))?.[1] ?? ''] : [],
    );
    if (copied.some((page) => at.startsWith(page)))
      unimported.push(...missing.map((name) => `${at}: ${name} is not imported`));
    const imports = entries.map((entry) => {
      const names = [...new Set(missing)].filter((name) => whereIs(first, name) === entry);
      return names.length === 0 ? '' : `import { ${names.join(', ')} } from '${entry}';\n`;
    });
    texts.set(file, `${imports.join('')}${texts.get(file) ?? ''}`);
  }
  const second = check(first);
  const problems = snippets.flatMap(({ at, file }) =>
    diagnosticsOf(second, file).map(
      ({ messageText }) => `${at}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    ),
  );
  return [...unimported, ...problems];
}

function diagnosticsOf(program: ts.Program, file: string): readonly ts.Diagnostic[] {
  const source = program.getSourceFile(file);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
}

/** The entry that exports a name. */
function whereIs(program: ts.Program, name: string): string | undefined {
  const { paths = {} } = program.getCompilerOptions();
  const checker = program.getTypeChecker();
  return entries.find((entry) => {
    const source = program.getSourceFile(join(root, paths[entry]?.[0] ?? ''));
    const symbol = source && checker.getSymbolAtLocation(source);
    return symbol !== undefined && checker.getExportsOfModule(symbol).some((one) => one.name === name);
  });
}

const broken: Snippet = {
  at: 'broken',
  file: join(root, 'test/conformance/snippet-broken.ts'),
  code: "import { parquet } from '@tailrace/writers';\nparquet('out', { rowGroupRowz: 5 }); openDataset(5); import '@tailrace/adapters/sources'; import '@tailrace/core/sink';",
};

test('every snippet compiles, and one that does not is noticed', { timeout: 120_000 }, () => {
  const snippets = pages.flatMap(snippetsOf);
  expect(snippets.length).toBeGreaterThanOrEqual(6);
  const problems = problemsOf([...snippets, broken]);
  expect(problems.filter((problem) => !problem.startsWith('broken'))).toEqual([]);
  expect(problems.join('\n')).toMatch(/broken: .*rowGroupRowz.*\n.*broken: .*'number' is not assignable/s);
});
