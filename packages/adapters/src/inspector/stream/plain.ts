// Owns the cut of any value to small plain JSON: depth, items and lengths have a limit, and bytes never get through. It
// never throws, whatever getters do.
import { cleanText } from '../../secrets/clean-text.js';
import { isSecretName } from '../../secrets/secret-names.js';
import type { Plain } from './message.js';
import { namesProperties, type Place, placeBelow } from './places.js';

/** How much is copied of what events and contexts hold. Whole numbers from 1 on. */
export interface PlainLimits {
  /** Levels of objects within objects, at most 99. Default 6. */
  readonly depth?: number | undefined;
  /** Entries of one object or array. Default 50. */
  readonly entries?: number | undefined;
  /** Characters of one text. Default 4,096. */
  readonly characters?: number | undefined;
  /** Values of one event or snapshot in all. Default 2,000. */
  readonly values?: number | undefined;
}

/** How a copy is made: for callers within the inspector, who know what they copy. */
export interface CopyOptions extends PlainLimits {
  /**
   * What is copied: names of states and events in a machine's definition or snapshot are no names of credentials, and functions
   * of a definition are shown as `{ type: name }`; elsewhere properties that hold one are left out. Default `data`.
   */
  readonly from?: 'data' | 'definition' | 'snapshot' | undefined;
  /** False: of errors only their codes are copied, as what they say may quote values. Default true. */
  readonly errorMessages?: boolean | undefined;
  /** Names that are left out on the first level. */
  readonly omit?: ReadonlySet<string> | undefined;
}

/** Names that are copied of a machine's snapshot itself, however few entries are asked for: its state is among them. */
const namesOfSnapshot = 20;

const nothing: ReadonlySet<string> = new Set();

/**
 * A small copy of a value, in which no text and no name has credentials that can be told by their form, and no property that
 * is called as they are has what it holds.
 * What is left out says so: `[... 940 more]`, `[1048576 bytes]`, `[deeper]`, `[circular]`.
 */
export function toPlain(value: unknown, options: CopyOptions = {}): Plain {
  const {
    depth = 6,
    entries = 50,
    characters = 4_096,
    values = 2_000,
    from = 'data',
    errorMessages = true,
    omit = nothing,
  } = options;
  let left = values;
  const above = new Set<object>();

  const text = (said: string): string =>
    said.length <= characters ? said : `${said.slice(0, characters)} [... ${said.length - characters} more]`;

  const clean = (said: string): string => cleanText(said, characters);

  const list = (items: readonly unknown[], level: number, place: Place): Plain => {
    const shown = items.slice(0, entries).map((item) => copy(item, level + 1, place));
    return items.length > entries ? [...shown, `[... ${items.length - entries} more]`] : shown;
  };

  const record = (source: object, names: readonly string[], level: number, place: Place): Plain => {
    // Without a prototype, so that a key named __proto__ is a key.
    const shown: Record<string, Plain> = Object.create(null);
    const most = level === 0 && from === 'snapshot' ? Math.max(entries, namesOfSnapshot) : entries;
    for (const name of names.slice(0, most)) {
      const inner = read(source, name);
      if (inner === undefined || (typeof inner === 'function' && from !== 'definition')) continue;
      if (level === 0 && omit.has(name)) continue;
      const key = unusedKey(shown, clean(name));
      if (!errorMessages && holdsError(place, name)) {
        shown[key] = withoutMessage(inner);
        continue;
      }
      const isHidden = namesProperties(place) && isSecretName(name) && holdsAny(inner, place);
      shown[key] = isHidden ? '***' : copy(inner, level + 1, placeBelow(place, name));
    }
    if (names.length > most) shown['...'] = `[... ${names.length - most} more]`;
    return shown;
  };

  const inside = (source: object, level: number, place: Place): Plain => {
    const bytes = bytesIn(source);
    if (bytes !== undefined) return `[${bytes} bytes]`;
    const actor = read(source, 'sessionId');
    if (typeof actor === 'string' && typeof read(source, 'send') === 'function')
      return { actor: text(actor) };
    if (!errorMessages && isError(source)) return codeOf(source);
    if (source instanceof Date) return Number.isNaN(source.getTime()) ? '[no date]' : source.toISOString();
    if (source instanceof Map) return `[Map of ${source.size}]`;
    if (level >= depth) return '[deeper]';
    if (source instanceof Set) return list([...source], level, place);
    if (Array.isArray(source)) return list(source, level, place);
    const names = Object.keys(source);
    // What an error says is not among its own enumerable names.
    return record(source, source instanceof Error ? ['name', 'message', ...names] : names, level, place);
  };

  const copy = (inner: unknown, level: number, place: Place): Plain => {
    left -= 1;
    if (left < 0) return '[too much]';
    switch (typeof inner) {
      case 'string':
        return clean(inner);
      case 'number':
        return Number.isFinite(inner) ? inner : String(inner);
      case 'boolean':
        return inner;
      case 'bigint':
        return text(inner.toString());
      case 'function':
        return { type: text(inner.name) };
      case 'symbol':
        return text(inner.toString());
      case 'undefined':
        return null;
      case 'object': {
        if (inner === null) return null;
        if (above.has(inner)) return '[circular]';
        above.add(inner);
        try {
          return inside(inner, level, place);
        } catch (error) {
          return errorMessages ? `[unreadable: ${clean(String(error))}]` : '[unreadable]';
        } finally {
          above.delete(inner);
        }
      }
    }
  };
  return copy(value, 0, from);
}

const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
/** It can be a credential, or holds some. In a chart only texts, numbers and lists of them can: its records are nodes. */
function holdsAny(value: unknown, place: Place): boolean {
  if (Array.isArray(value)) return place === 'definition' ? value.some(isScalar) : value.length > 0;
  if (typeof value !== 'object' || value === null || place === 'definition') return isScalar(value);
  if (value instanceof Map || value instanceof Set) return value.size > 0;
  return bytesIn(value) === undefined && Object.keys(value).length > 0;
}

/** Whether it is an error by its name alone, whatever was thrown. */
const holdsError = (place: Place, name: string): boolean =>
  (place === 'data' || place === 'snapshot') && (name === 'error' || name === 'cause');
const withoutMessage = (error: unknown): Plain => {
  if (error === null) return null;
  return typeof error === 'object' ? codeOf(error) : '[not told]';
};

/** Names may differ in their credentials only. */
function unusedKey(shown: Readonly<Record<string, Plain>>, name: string): string {
  let key = name;
  for (let copies = 2; key in shown; copies += 1) key = `${name} (${copies})`;
  return key;
}

/** An error, or its plain form. */
const isError = (source: object): boolean =>
  source instanceof Error ||
  (typeof read(source, 'message') === 'string' &&
    (typeof read(source, 'code') === 'string' || typeof read(source, 'stack') === 'string'));

function codeOf(error: object): Plain {
  const [code, name] = [read(error, 'code'), read(error, 'name')];
  if (typeof code === 'string') return { code };
  return { name: typeof name === 'string' ? name : 'Error' };
}

/** A property of whatever it is; a getter that throws gives its error's text. */
function read(source: object, name: string): unknown {
  try {
    return Reflect.get(source, name);
  } catch {
    return '[unreadable]';
  }
}

function bytesIn(source: object): number | undefined {
  if (ArrayBuffer.isView(source) || source instanceof ArrayBuffer) return source.byteLength;
  return source instanceof SharedArrayBuffer ? source.byteLength : undefined;
}
