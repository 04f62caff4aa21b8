// Owns how a definition gets from a module URL into this thread: imported once, its shape checked. Never calls it.
import { messageOf, TailraceError } from '../errors/tailrace-error.js';
import type { FormatDefinition } from './format.js';
import type { ModuleRef } from './module-ref.js';
import type { SinkDefinition } from './sink.js';
import type { StoreDefinition } from './store.js';

/** What the default export of a module of an adapter is. */
export type Definition = SinkDefinition | FormatDefinition | StoreDefinition;
/** The word for a definition's type: what is asked for and what is expected cannot differ. */
export type ModuleKind<T extends Definition = Definition> = T extends SinkDefinition
  ? 'sink'
  : T extends FormatDefinition
    ? 'format'
    : 'store';

interface Shape {
  readonly factory: string;
  readonly functions: readonly string[];
  readonly optional: readonly string[];
}

const shapes: Readonly<Record<ModuleKind, Shape>> = {
  sink: {
    factory: 'defineSink',
    functions: ['begin', 'open', 'commit', 'abort'],
    optional: ['check', 'verify', 'group', 'warm'],
  },
  format: {
    factory: 'defineFormat',
    functions: ['extension', 'check', 'open'],
    optional: ['nameFor', 'dialect'],
  },
  store: {
    factory: 'defineStore',
    functions: ['begin', 'createFile', 'removeFile', 'commit', 'verify', 'abort'],
    optional: [],
  },
};

const loaded = new Map<string, Promise<unknown>>();

/**
 * Imports the module of a reference and gives back its default export, the same object for every reference to one URL.
 * @throws MODULE_INVALID when the module cannot be imported or its default export is not of that kind
 */
export async function loadModule<T extends Definition>(ref: ModuleRef, kind: ModuleKind<T>): Promise<T> {
  let module = loaded.get(ref.url);
  if (module === undefined) {
    module = importModule(ref.url, kind);
    loaded.set(ref.url, module);
    // Not kept: what failed for want of a file may succeed later. The caller below gets the rejection itself.
    module.catch(() => loaded.delete(ref.url));
  }
  const definition = defaultExportOf(await module);
  const problem = problemOf(definition, shapes[kind]);
  if (problem !== undefined) throw badShape(ref.url, kind, problem);
  // The functions that the kind needs are there; their signatures cannot be checked at run time.
  return definition as T;
}

async function importModule(url: string, kind: ModuleKind): Promise<unknown> {
  try {
    return await import(/* @vite-ignore */ url);
  } catch (cause) {
    const message = `The ${kind} module ${url} could not be loaded: ${messageOf(cause)}. ${hintFor(url, cause)}`;
    throw new TailraceError(message, {
      code: 'MODULE_INVALID',
      operation: `load ${kind}`,
      context: { url },
      cause,
    });
  }
}

function hintFor(url: string, cause: unknown): string {
  if (/\.[cm]?tsx?$/.test(url))
    return 'Worker threads load JavaScript: build the module first and give the URL of the result.';
  // In the words of Node; most often a peer, which nobody has to know of but by this.
  const missing = /^Cannot find package '((?:@[^/']+\/)?[^/']+)/.exec(messageOf(cause))?.[1];
  if (missing !== undefined) return `Run npm install ${missing}.`;
  return 'Check the URL, and that everything the module imports is installed.';
}

function defaultExportOf(module: unknown): unknown {
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
}

function problemOf(definition: unknown, shape: Shape): string | undefined {
  if (definition === undefined) return 'has no default export';
  if (typeof definition !== 'object' || definition === null) {
    return `has a ${definition === null ? 'null' : typeof definition} as its default export`;
  }
  // Read by name only, to see what is there.
  const members = definition as Readonly<Record<string, unknown>>;
  if (typeof members.name !== 'string' || members.name === '') return 'has a default export without a name';
  const missing = shape.functions.filter((name) => typeof members[name] !== 'function');
  if (missing.length > 0)
    return `has a default export without ${missing.map((name) => `${name}()`).join(', ')}`;
  const wrong = shape.optional.find(
    (name) => members[name] !== undefined && typeof members[name] !== 'function',
  );
  return wrong === undefined ? undefined : `has a default export whose ${wrong} is not a function`;
}

function badShape(url: string, kind: ModuleKind, problem: string): TailraceError {
  const { factory, functions } = shapes[kind];
  const form = `export default ${factory}({ name: '...', ${functions.map((name) => `${name}() {...}`).join(', ')} })`;
  return new TailraceError(`The ${kind} module ${url} ${problem}. Write ${form}.`, {
    code: 'MODULE_INVALID',
    operation: `load ${kind}`,
    context: { url },
  });
}
