// Owns where the built modules of the trial adapters lie, from source under test and from dist alike.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { ModuleRef } from '../../sink/module-ref.js';

export function trialModule(kind: 'store' | 'format' | 'sink', options: unknown): ModuleRef {
  const path = createRequire(import.meta.url).resolve(`#trial-${kind}`);
  return { url: pathToFileURL(path).href, options };
}
