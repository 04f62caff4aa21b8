// Owns the way of one item into the columns: reading its properties and noticing those that are no column.
import { isBatch } from '../batch/batch.js';
import { mayGenerateCode } from '../batch/generated-code.js';
import type { ColumnBuilder } from './column-builder.js';
import { slotOf } from './dictionary-column.js';
import { fastPath } from './fast-path.js';
import type { FrameViews } from './frame.js';
import { isRow } from './infer.js';
import { extraColumn, missingColumn, notARow, type RowSite } from './row-site.js';

export interface RowWriter {
  /**
   * Writes an item as row number `row` of the columns; throws on the first thing that does not fit, leaving the rest.
   * Returns the bytes of text in all rows up to this one.
   */
  write(item: unknown, row: number): number;
  /** The frame is new, and the columns know it already. */
  moved(views: FrameViews): void;
}

/** What the properties of a row may be beside the columns, and the columns beside the properties. */
export interface ColumnPolicies {
  /** A property that is no column. Default `error`. */
  readonly extraColumns?: 'error' | 'drop' | undefined;
  /** A column that the row does not have. Default `null`. */
  readonly missingColumns?: 'null' | 'error' | undefined;
}

type KeyCheck = (item: object) => void;
type Refusal = (item: unknown) => never;
type Missing = (name: string) => never;
type RowWriterFactory = (
  columns: readonly ColumnBuilder[],
  names: readonly string[],
  checkKeys: KeyCheck,
  refuse: Refusal,
  slot: typeof slotOf,
  has: typeof holds,
  missing: Missing,
) => RowWriter;

/**
 * Makes the writer of a set of columns. An absent property is null; a property that is no column is an error.
 * @param generated whether straight-line code is generated for the columns (several times as fast), where the host allows
 */
export function createRowWriter(
  columns: readonly ColumnBuilder[],
  site: RowSite,
  generated: boolean = mayGenerateCode(),
  { extraColumns, missingColumns }: ColumnPolicies = {},
): RowWriter {
  const names = columns.map((column) => column.field.name);
  const checkKeys = keyCheck(names, site, extraColumns === 'drop');
  const isStrict = missingColumns === 'error';
  const refuse: Refusal = (item) => {
    throw notARow(site, item);
  };
  const missing: Missing = (name) => {
    throw missingColumn(site, name);
  };
  return generated
    ? factoryFor(columns, names, isStrict)(columns, names, checkKeys, refuse, slotOf, holds, missing)
    : loop(columns, names, checkKeys, refuse, isStrict ? missing : undefined);
}

/** Looks at every property of an item whose properties are not simply the columns in order. */
function keyCheck(names: readonly string[], site: RowSite, drops: boolean): KeyCheck {
  const known = new Set(names);
  return (item) => {
    if (!isRow(item) || isBatch(item)) throw notARow(site, item);
    let keys = 0;
    for (const key in item) {
      keys += 1;
      if (!drops && !known.has(key)) throw extraColumn(site, key, names);
    }
    if (keys === 0 && !isPlain(item) && !names.some((name) => name in item)) throw notARow(site, item);
  };
}

/** `{}` is a row of nulls; a URL or a RegExp, which has no properties of its own either, is no row. */
function isPlain(item: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(item);
  return prototype === null || prototype === Object.prototype;
}

/** Properties that every object has: there, only one that it has of its own, or that `for in` sees, is a value. */
const inheritedNames: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Whether the item itself, or an object between it and what all have, holds it as data. */
function holds(item: object, name: string): boolean {
  if (Object.hasOwn(item, name)) return true;
  let from: unknown = Object.getPrototypeOf(item);
  while (typeof from === 'object' && from !== null && from !== Object.prototype) {
    const found = Object.getOwnPropertyDescriptor(from, name);
    if (found !== undefined) return found.enumerable === true;
    from = Object.getPrototypeOf(from);
  }
  return false;
}

function loop(
  columns: readonly ColumnBuilder[],
  names: readonly string[],
  checkKeys: KeyCheck,
  refuse: Refusal,
  missing: Missing | undefined,
): RowWriter {
  return {
    write(item, row) {
      if (typeof item !== 'object' || item === null) refuse(item);
      // Every object can be read by name; checkKeys refuses those that are no rows.
      const values = item as Record<string, unknown>;
      checkKeys(values);
      let textBytes = 0;
      for (let at = 0; at < names.length; at++) {
        const name = names[at] as string;
        const absent = inheritedNames.has(name) && !holds(values, name);
        const column = columns[at] as ColumnBuilder;
        const value = absent ? undefined : values[name];
        if (value === undefined) missing?.(name);
        column.write(value, row);
        textBytes += column.textBytes(row + 1);
      }
      return textBytes;
    },
    moved: () => undefined,
  };
}

/** By the columns: a stage that runs again finds its code made, and the engine has it warm. */
const factories = new Map<string, RowWriterFactory>();
const maxFactories = 256;

function factoryFor(
  columns: readonly ColumnBuilder[],
  names: readonly string[],
  isStrict: boolean,
): RowWriterFactory {
  const key = `${isStrict}${JSON.stringify(columns.map(({ field }) => field))}`;
  let factory = factories.get(key);
  if (factory === undefined) {
    if (factories.size >= maxFactories) factories.clear();
    factory = generate(columns, names, isStrict);
    factories.set(key, factory);
  }
  return factory;
}

/**
 * Straight-line code, so that the engine sees one shape of item, one class of builder and one kind of array at each
 * place. Names enter the code only as JSON strings. Items made alike have their properties in the order of the columns,
 * which the loop over keys confirms by comparing pointers; any other order takes the slower check.
 */
function generate(
  columns: readonly ColumnBuilder[],
  names: readonly string[],
  isStrict: boolean,
): RowWriterFactory {
  const paths = columns.map(fastPath);
  const builders = names.map((_, at) => `c${at}`).join(', ');
  const writes = names.map((name, at) => {
    const key = JSON.stringify(name);
    const value = inheritedNames.has(name)
      ? `holds(item, ${key}) ? item[${key}] : undefined`
      : `item[${key}]`;
    const there = isStrict ? `if (v === undefined) missing(${key});\n` : '';
    return `v = ${value};\n${there}${paths[at]?.write}`;
  });
  const textBytes = paths.map((path) => path.textBytes).filter((expression) => expression !== '0');
  const body = `
    const [${builders}] = columns;
    let views;
    ${paths.map((path) => path.state).join('\n')}
    return {
      moved(next) {
        views = next;
        ${paths.map((path) => path.moved).join('\n')}
      },
      write(item, row) {
        if (typeof item !== 'object' || item === null) refuse(item);
        let at = 0;
        for (const key in item) {
          if (key !== names[at++]) { at = 0; break; }
        }
        if (at === 0) checkKeys(item);
        const { bytes, words, longs, doubles } = views;
        let v;
        ${writes.join('\n')}
        return ${textBytes.length === 0 ? '0' : textBytes.join(' + ')};
      },
    };`;
  // The generated function has this type by construction.
  return new Function(
    'columns',
    'names',
    'checkKeys',
    'refuse',
    'slotOf',
    'holds',
    'missing',
    `'use strict';${body}`,
  ) as RowWriterFactory;
}
