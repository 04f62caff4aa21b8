// Owns which mutations a source file has: found in its syntax, so that the list follows the code. It changes nothing.
import { createHash } from 'node:crypto';
import ts from 'typescript';

export type MutationKind = 'remove' | 'swap' | 'unchecked' | 'guard' | 'precedence';

export interface Mutation {
  /** The same as long as the function and what is changed in it stay: file, function, kind, text. */
  readonly name: string;
  /** Below packages/core/src. */
  readonly file: string;
  readonly kind: MutationKind;
  /** Of the function around it, or of the statement where there is none: a result for another text is out of date. */
  readonly digest: string;
  /** The whole file, mutated. */
  readonly text: string;
}

/** What takes the place of text between two offsets. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly put: string;
}

/** Calls of a file system that move names. */
const namingCalls = new Set(['rename', 'link', 'symlink']);
const syncCall = /^(f?data)?f?sync([A-Z]|$)/;
const checkCall = /^(check|refuse|assert)[A-Z]/;
/** Calls that look at the disk and change nothing: of a file system, and functions of the store that make only such calls. */
const lookCall =
  /^(lstat|read(dir|File|link|Manifest|Mark)|realpath|statfs|factsAt|walk|list(Tree|Generations)|manifestOf|versionAt|generationOf|identityAt|is(At|Version|Unchanged|Newest|Vacant|Complete|FilePublished))$/;
/** Calls that reach nothing outside: paths, and looks into what is in memory. */
const pureCall =
  /^(join|dirname|basename|resolve|(generations?|stage)Paths?|publishedManifest|at|has|get|includes)$/;
/** Characters of the source that a name quotes. */
const quoted = 60;

/**
 * Finds every mutation: a sync or a call that moves names left out, two neighbouring steps exchanged, a check that throws left
 * out; in machines each guard always or never true, and two neighbouring transitions of one event exchanged.
 * @param file name below packages/core/src, for the names of mutations
 */
export function findMutations(file: string, text: string): Mutation[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const isMachine = file.endsWith('.machine.ts');
  const found: Mutation[] = [];
  const counts = new Map<string, number>();

  const add = (kind: MutationKind, what: string, node: ts.Node, edits: readonly Edit[]): void => {
    const owner = ownerOf(node);
    const label = `${file} ${owner.name}: ${kind} ${what}`;
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    const digest = createHash('sha256').update(owner.node.getText(source)).digest('hex').slice(0, 12);
    found.push({
      name: count === 1 ? label : `${label} #${count}`,
      file,
      kind,
      digest,
      text: applied(text, edits),
    });
  };
  const cover = (node: ts.Node, put: string): Edit => ({ from: node.getStart(source), to: node.end, put });

  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const called = calledName(node);
      if (syncCall.test(called) || (namingCalls.has(called) && !ts.isIdentifier(node.expression)))
        add('remove', shorten(node.getText(source)), node, [cover(node, 'Promise.resolve()')]);
      if (checkCall.test(called) || called === 'throwIfAborted')
        add('unchecked', shorten(node.getText(source)), node, [cover(node, 'undefined')]);
    }
    if (ts.isIfStatement(node) && node.elseStatement === undefined && endsInThrow(node.thenStatement))
      add('unchecked', shorten(node.expression.getText(source)), node, [cover(node.expression, 'false')]);
    if (ts.isBlock(node)) {
      for (const [at, first] of node.statements.entries()) {
        const second = node.statements[at + 1];
        if (second === undefined || !isStep(first) || !isStep(second)) continue;
        if (!dependsOn(second, first) && !areLooks(first, second)) {
          const what = `${shorten(first.getText(source))} <> ${shorten(second.getText(source))}`;
          add('swap', what, first, exchanged(first, second, source));
        }
      }
    }
    if (isMachine) visitMachine(node);
    ts.forEachChild(node, visit);
  };

  const visitMachine = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isArrowFunction(node.initializer)) {
      const name = node.name.getText(source);
      const isNamed = nameOfProperty(node.parent.parent) === 'guards';
      if (!isNamed && name !== 'guard') return;
      for (const value of ['true', 'false'])
        add('guard', `${isNamed ? name : shorten(node.initializer.getText(source))} always ${value}`, node, [
          cover(node.initializer, `() => ${value}`),
        ]);
    }
    if (!ts.isArrayLiteralExpression(node)) return;
    for (const [at, first] of node.elements.entries()) {
      const second = node.elements[at + 1];
      if (second === undefined || !isTransition(first) || !isTransition(second)) continue;
      const what = `${shorten(first.getText(source))} <> ${shorten(second.getText(source))}`;
      add('precedence', what, node, [
        cover(first, second.getText(source)),
        cover(second, first.getText(source)),
      ]);
    }
  };

  visit(source);
  return found;
}

function applied(text: string, edits: readonly Edit[]): string {
  let result = text;
  for (const { from, to, put } of [...edits].sort((one, other) => other.from - one.from))
    result = result.slice(0, from) + put + result.slice(to);
  return result;
}

const shorten = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= quoted ? line : `${line.slice(0, quoted)}...`;
};

/** What stands before the parentheses of a call, without what it is called on. */
function calledName(node: ts.CallExpression): string {
  if (ts.isPropertyAccessExpression(node.expression)) return node.expression.name.text;
  return ts.isIdentifier(node.expression) ? node.expression.text : '';
}

function nameOfProperty(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isPropertyAssignment(node) ? node.name.getText() : undefined;
}

function endsInThrow(node: ts.Statement): boolean {
  if (ts.isThrowStatement(node)) return true;
  const last = ts.isBlock(node) ? node.statements.at(-1) : undefined;
  return last !== undefined && ts.isThrowStatement(last);
}

/** The outermost named function around a node, or the statement of the file that it stands in; with the names on the way. */
function ownerOf(node: ts.Node): { readonly name: string; readonly node: ts.Node } {
  const names: string[] = [];
  let owner: ts.Node = node;
  let top: ts.Node = node;
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent) {
    const name = functionName(at);
    if (name !== undefined) {
      if (names.length === 0) owner = at;
      names.unshift(name);
    }
    top = at;
  }
  return names.length > 0 ? { name: names.join('.'), node: owner } : { name: 'file', node: top };
}

function functionName(node: ts.Node): string | undefined {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return node.name?.getText();
  const isNamed = ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node);
  if (!isNamed || node.initializer === undefined || !ts.isArrowFunction(node.initializer)) return undefined;
  return node.name.getText();
}

/** A statement that waits for something, or that returns what has to be waited for. */
function isStep(node: ts.Statement): boolean {
  if (ts.isReturnStatement(node))
    return (
      node.expression !== undefined && (holdsAwait(node.expression) || ts.isCallExpression(node.expression))
    );
  return !ts.isThrowStatement(node) && !ts.isFunctionDeclaration(node) && holdsAwait(node);
}

function holdsAwait(node: ts.Node): boolean {
  if (ts.isAwaitExpression(node)) return true;
  if (ts.isFunctionLike(node)) return false;
  return ts.forEachChild(node, (child) => holdsAwait(child) || undefined) ?? false;
}

/** Whether the second statement reads a name that the first one declares or sets: they have one order only. */
function dependsOn(second: ts.Statement, first: ts.Statement): boolean {
  // Nothing after a return is reached; a step before one that returns its result is exchanged by keeping the result.
  if (ts.isReturnStatement(first)) return true;
  const names = new Set<string>();
  const collect = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) || ts.isBindingElement(node)) collectNames(node.name);
    if (
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      ts.isIdentifier(node.left)
    )
      names.add(node.left.text);
    ts.forEachChild(node, collect);
  };
  const collectNames = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
  };
  collect(first);
  const reads = (node: ts.Node): boolean =>
    (ts.isIdentifier(node) && names.has(node.text)) ||
    (ts.forEachChild(node, (child) => reads(child) || undefined) ?? false);
  return reads(second);
}

/**
 * Whether nothing can tell in which order the two are made: both only look, and at most one of them leaves the function. Two
 * that may both leave are exchanged all the same, since the order decides what is answered.
 */
function areLooks(first: ts.Statement, second: ts.Statement): boolean {
  return [first, second].every(isLook) && !(leaves(first) && leaves(second));
}

function isLook(node: ts.Node): boolean {
  if (ts.isCallExpression(node)) {
    const called = calledName(node);
    if (!lookCall.test(called) && !pureCall.test(called)) return false;
  }
  const sets =
    ts.isNewExpression(node) ||
    ts.isDeleteExpression(node) ||
    ts.isPostfixUnaryExpression(node) ||
    (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind));
  return !sets && (ts.forEachChild(node, (child) => !isLook(child) || undefined) ?? false) === false;
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function leaves(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  const isLeaving =
    ts.isReturnStatement(node) || ts.isThrowStatement(node) || ts.isBreakOrContinueStatement(node);
  return isLeaving || (ts.forEachChild(node, (child) => leaves(child) || undefined) ?? false);
}

function exchanged(first: ts.Statement, second: ts.Statement, source: ts.SourceFile): Edit[] {
  const [one, other] = [first.getText(source), second.getText(source)];
  const at = { from: first.getStart(source), to: second.end };
  if (!ts.isReturnStatement(second)) return [{ ...at, put: `${other}\n${one}` }];
  const value = second.expression?.getText(source) ?? 'undefined';
  return [{ ...at, put: `const mutated = await (${value});\n${one}\nreturn mutated;` }];
}

/** A transition that is tried in its turn. */
function isTransition(node: ts.Expression): boolean {
  return (
    ts.isObjectLiteralExpression(node) &&
    node.properties.some((property) => property.name?.getText() === 'target')
  );
}
