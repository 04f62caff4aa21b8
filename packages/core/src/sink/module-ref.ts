// Owns how custom code reaches a worker: the URL of a module and options that can be cloned, never a function.
import { PlanError } from '../errors/named-errors.js';
import { findInstance } from './find-instance.js';

/** A module whose default export is a definition (sink, format or store), and the options for it. Plain data. */
export interface ModuleRef<Options = unknown> {
  /** `file:` URL of a built JavaScript module. */
  readonly url: string;
  /** Plain data for the definition; what structured clone keeps. */
  readonly options: Options;
}

/**
 * Checks and makes a reference. Throws a PlanError that shows the right form when given a function, a relative path
 * or options that cannot be cloned, or only without their class (class instances, a Buffer, an Error).
 * @param what the factory's name, for the message: `customSink`
 */
export function moduleRef<Options>(what: string, url: URL | string, options: Options): ModuleRef<Options> {
  const form = `${what}(new URL('./my-module.js', import.meta.url), { ...options })`;
  const operation = `declare ${what}`;
  if (typeof url !== 'string' && !(url instanceof URL)) {
    throw new PlanError(
      `${what} takes the URL of a module, not ${typeof url === 'function' ? 'a function' : `a ${typeof url}`}: ` +
        `functions cannot cross to a worker thread. Put it in a module of its own as the default export and write ${form}.`,
      { operation },
    );
  }
  const href = String(url);
  if (!/^(file|data|node):/.test(href)) {
    throw new PlanError(`${what} got "${href}", which is not an absolute module URL. Write ${form}.`, {
      operation,
    });
  }
  try {
    structuredClone(options);
  } catch (cause) {
    throw new PlanError(
      `${what} got options that cannot be cloned into a worker thread (functions and class instances cannot). ` +
        `Pass plain data, and create the rest inside the module.`,
      { operation, cause },
    );
  }
  const instance = findInstance(options);
  if (instance !== undefined) {
    throw new PlanError(
      `${what} got options that would not reach the worker thread as they are: ${instance.path} is ${instance.what}, ` +
        `which arrives there without its class and methods. Pass plain data, and create the rest inside the module.`,
      { operation },
    );
  }
  return { url: href, options };
}

export function isModuleRef(ref: unknown): ref is ModuleRef {
  return (
    typeof ref === 'object' && ref !== null && 'url' in ref && typeof ref.url === 'string' && 'options' in ref
  );
}

/** `my-sink` of `file:///app/dist/my-sink.js`. */
export function nameOfModule(url: string): string {
  if (url.startsWith('data:')) return 'inline';
  const file = /([^/]*)$/.exec(url.replace(/[?#].*$/, ''))?.[1] ?? '';
  return file.replace(/\.[cm]?[jt]s$/, '') || 'custom';
}
