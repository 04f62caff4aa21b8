// Owns where the built worker modules of this package lie, from source under test and from dist alike.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { ModuleRef } from '../module-ref.js';

/** `file:` URL of a module named in the `imports` of this package's package.json. */
export function builtInModule(specifier: '#file-sink' | '#local-store'): string {
  return pathToFileURL(createRequire(import.meta.url).resolve(specifier)).href;
}

/** The store of the local file system: what file sinks write to unless they are given another. */
export function localStore(): ModuleRef {
  return { url: builtInModule('#local-store'), options: { kind: 'local' } };
}
