// Owns comparing rows of JavaScript with those of Python: a text for every value, which is the same for the same value.
import type { PythonValue } from './python.js';

/** What Python has in a place, from all rows: JavaScript does not tell an int from a double, nor a decimal from a text. */
export type Kind =
  | { readonly kind: 'unknown' | 'i' | 'f' | 'd' | 't' | 'day' | 'hex' | 'plain' }
  | { readonly kind: 'list'; readonly item: Kind }
  | { readonly kind: 'map'; readonly key: Kind; readonly value: Kind }
  | { readonly kind: 'row'; readonly fields: readonly (readonly [string, Kind])[] };

export function kindOf(values: readonly PythonValue[]): Kind {
  const known = values.filter((value) => value !== null);
  const [first] = known;
  if (first === undefined) return { kind: 'unknown' };
  if (typeof first !== 'object') return { kind: 'plain' };
  if ('list' in first) return { kind: 'list', item: kindOf(known.flatMap((one) => partsOf(one, 'list'))) };
  if ('map' in first) {
    const pairs = known.flatMap((one) => partsOf(one, 'map'));
    return {
      kind: 'map',
      key: kindOf(pairs.map(([key]) => key)),
      value: kindOf(pairs.map(([, value]) => value)),
    };
  }
  if ('row' in first) {
    const fields = first.row.map(
      ([name], at) => [name, kindOf(known.map((one) => partsOf(one, 'row')[at]?.[1] ?? null))] as const,
    );
    return { kind: 'row', fields };
  }
  const names = ['i', 'f', 'd', 't', 'day', 'hex'] as const;
  return { kind: names.find((name) => name in first) ?? 'unknown' };
}

type Nested = {
  list: readonly PythonValue[];
  map: readonly (readonly [PythonValue, PythonValue])[];
  row: readonly (readonly [string, PythonValue])[];
};

/** The parts of a value that is known to be of a kind, since a column has one type. */
function partsOf<K extends keyof Nested>(value: PythonValue, kind: K): Nested[K] {
  return (value as unknown as Nested)[kind];
}

const unknown: Kind = { kind: 'unknown' };

export function textOfOurs(value: unknown, of: Kind): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return `i${value}`;
  if (typeof value === 'number') return of.kind === 'i' ? `i${value}` : `f${numberText(value)}`;
  if (typeof value === 'string') return of.kind === 'd' ? `d${value}` : JSON.stringify(value);
  if (value instanceof Date)
    return of.kind === 'day' ? `day${value.toISOString().slice(0, 10)}` : `t${value.getTime() * 1_000}`;
  if (value instanceof Uint8Array) return `hex${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) {
    const item = of.kind === 'list' ? of.item : unknown;
    return `[${value.map((one) => textOfOurs(one, item)).join()}]`;
  }
  if (value instanceof Map) {
    const [ofKey, ofValue] = of.kind === 'map' ? [of.key, of.value] : [unknown, unknown];
    const texts = [...value].map(([key, one]) => `${textOfOurs(key, ofKey)}:${textOfOurs(one, ofValue)}`);
    return `{${texts.join()}}`;
  }
  // An object has names that are numbers first, whatever the order of columns; the schema is compared for that.
  const found = new Map(Object.entries(value));
  const fields = of.kind === 'row' ? of.fields : [...found.keys()].map((name) => [name, unknown] as const);
  const texts = fields.map(([name, kind]) => `${name}=${textOfOurs(found.get(name), kind)}`);
  const isSame = found.size === fields.length && fields.every(([name]) => found.has(name));
  return isSame ? `(${texts.join()})` : `other fields: ${[...found.keys()].join()}`;
}

export function textOfPython(value: PythonValue): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if ('i' in value) return `i${value.i}`;
  if ('f' in value) return `f${numberText(Number(value.f.replace('inf', 'Infinity')))}`;
  if ('d' in value) return `d${value.d}`;
  if ('t' in value) return `t${value.t}`;
  if ('day' in value) return `day${value.day}`;
  if ('hex' in value) return `hex${value.hex}`;
  if ('list' in value) return `[${value.list.map(textOfPython).join()}]`;
  if ('map' in value)
    return `{${value.map.map(([key, one]) => `${textOfPython(key)}:${textOfPython(one)}`).join()}}`;
  return `(${value.row.map(([name, one]) => `${name}=${textOfPython(one)}`).join()})`;
}

/** -0 is not 0. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
