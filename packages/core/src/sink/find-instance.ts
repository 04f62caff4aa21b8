// Owns the search for what a structured clone would change without a word: objects that lose their class on the way to
// a worker. What cannot be cloned at all is structuredClone's to refuse.

export interface FoundInstance {
  /** Where it is: `options.client`. */
  readonly path: string;
  /** What it is: `a Client`. */
  readonly what: string;
}

const typedArray: unknown = Object.getPrototypeOf(Uint8Array.prototype);
/** Prototypes that structured clones have as well, beside those of plain objects and typed arrays. */
const kept: ReadonlySet<unknown> = new Set<unknown>([
  Array.prototype,
  Map.prototype,
  Set.prototype,
  Date.prototype,
  RegExp.prototype,
  ArrayBuffer.prototype,
  SharedArrayBuffer.prototype,
  DataView.prototype,
]);

/**
 * The first object in `options`, at any depth, that is neither plain data nor a built-in value which arrives in a worker
 * as it was (array, Map, Set, Date, RegExp, ArrayBuffer and its views). Subclasses of these are found too, so a Buffer is.
 * @param root what they are called in the path
 */
export function findInstance(options: unknown, root = 'options'): FoundInstance | undefined {
  const seen = new Set<object>();
  const pending: { readonly path: string; readonly value: unknown }[] = [{ path: root, value: options }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, value } = next;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (!keepsPrototype(value)) return { path, what: `a ${classOf(value)}` };
    if (ArrayBuffer.isView(value)) continue;
    const inner: (readonly [string, unknown])[] = [];
    if (value instanceof Map) {
      for (const [key, item] of value)
        inner.push([`${path} (a key)`, key], [`${path}.get(${nameOf(key)})`, item]);
    } else if (value instanceof Set) {
      for (const item of value) inner.push([`${path} (an element)`, item]);
    } else {
      for (const [key, item] of Object.entries(value)) {
        inner.push([Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, item]);
      }
    }
    // Turned round, since the last one is looked at first.
    for (const [at, item] of inner.toReversed()) pending.push({ path: at, value: item });
  }
  return undefined;
}

function keepsPrototype(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (kept.has(prototype)) return true;
  if (typeof prototype !== 'object' || prototype === null) return prototype === null;
  const above: unknown = Object.getPrototypeOf(prototype);
  // The end of a chain is Object.prototype, also that of another realm.
  return above === null || above === typedArray;
}

function classOf(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'object with a prototype of its own';
}

function nameOf(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : typeof key === 'object' ? '...' : String(key);
}
