// Owns which types the signatures of public entries name, and which of them none of the entries exports. It reads the sources, with
// TypeScript's own resolver of names; other packages are not read: whatever comes from them is theirs.
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** A type that is named in public and that nobody can import. */
export interface MissingType {
  readonly type: string;
  /** Where it is declared. */
  readonly file: string;
  /** The entry and its export that name it. */
  readonly entry: string;
  readonly namedBy: string;
}

/**
 * Types that entries name and that no entry of the same package exports.
 * @param entries of each package, as paths of their files
 * @param root what paths are told against
 */
export function missingTypes(entries: readonly (readonly string[])[], root: string): MissingType[] {
  const program = programOf(entries.flat());
  return entries.flatMap((ofPackage) => missingOf(ofPackage, program, root));
}

/** Only files of ours are in it: a specifier that is no path leads nowhere, and no library is loaded. */
function programOf(entries: readonly string[]): ts.Program {
  const options: ts.CompilerOptions = { noLib: true, types: [], skipLibCheck: true };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, file) =>
    literals.map(({ text }) => {
      if (!text.startsWith('.')) return { resolvedModule: undefined };
      const resolvedFileName = join(dirname(file), text.replace(/\.js$/, '.ts'));
      return { resolvedModule: { resolvedFileName, extension: ts.Extension.Ts } };
    });
  return ts.createProgram({ rootNames: entries, options, host });
}

function missingOf(entries: readonly string[], program: ts.Program, root: string): MissingType[] {
  const checker = program.getTypeChecker();
  const targetOf = (symbol: ts.Symbol): ts.Symbol =>
    (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
  const exported = entries.flatMap((entry) => {
    const source = program.getSourceFile(entry);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${entry} exports nothing.`);
    return checker.getExportsOfModule(module).map((symbol) => ({ entry, symbol }));
  });
  const known = new Set(exported.map(({ symbol }) => targetOf(symbol)));
  const missing: MissingType[] = [];
  for (const { entry, symbol } of exported) {
    const look = (target: ts.Symbol): void => {
      for (const name of namesIn(target.declarations ?? [])) {
        const found = checker.getSymbolAtLocation(name);
        const type = found === undefined ? undefined : targetOf(found);
        const declaration = type?.declarations?.[0];
        if (type === undefined || declaration === undefined || known.has(type)) continue;
        // A parameter of a type has no name outside of it.
        if (!ts.isSourceFile(declaration.parent)) continue;
        known.add(type);
        // What its own file does not export is short for what it stands for.
        const isShort = ts.isTypeAliasDeclaration(declaration) && declaration.modifiers === undefined;
        if (isShort) look(type);
        else {
          const file = relative(root, declaration.getSourceFile().fileName);
          missing.push({ type: type.name, file, entry: relative(root, entry), namedBy: symbol.name });
        }
      }
    };
    look(targetOf(symbol));
  }
  return missing;
}

/** The names of types within what others see of declarations. */
function namesIn(declarations: readonly ts.Declaration[]): ts.Node[] {
  const names: ts.Node[] = [];
  const look = (node: ts.Node | undefined): void => {
    if (node === undefined || isHidden(node)) return;
    if (ts.isTypeReferenceNode(node)) names.push(firstOf(node.typeName));
    if (ts.isExpressionWithTypeArguments(node)) names.push(node.expression);
    // Of whatever has a body or a value, the types stand beside it.
    if (ts.isFunctionLike(node) && 'body' in node) {
      for (const part of [...(node.typeParameters ?? []), ...node.parameters, node.type]) look(part);
    } else if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isParameter(node)) {
      look(node.type);
    } else ts.forEachChild(node, look);
  };
  const overloads = declarations.filter((one) => ts.isFunctionDeclaration(one) && one.body === undefined);
  for (const declaration of overloads.length > 0 ? overloads : declarations) look(declaration);
  return names;
}

const firstOf = (name: ts.EntityName): ts.Identifier => (ts.isIdentifier(name) ? name : firstOf(name.left));

/** Declarations have no types of what is private. */
function isHidden(node: ts.Node): boolean {
  if (ts.isClassStaticBlockDeclaration(node)) return true;
  if (!ts.isClassElement(node)) return false;
  const isPrivate = (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0;
  return isPrivate || (node.name !== undefined && ts.isPrivateIdentifier(node.name));
}
