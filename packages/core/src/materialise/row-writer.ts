// Owns the way of one item into the columns: reading its properties and noticing those that are no column.
import { isBatch } from '../batch/batch.js';
import { mayGenerateCode } from '../batch/generated-code.js';
import type { ColumnBuilder } from './column-builder.js';
import { isRow } from './infer.js';
import { extraColumn, notARow, type RowSite } from './row-site.js';

/** Writes an item as row number `row` of the columns; throws on the first thing that does not fit, leaving the rest. */
export type RowWriter = (item: unknown, row: number) => void;

type KeyCheck = (item: object) => void;

/**
 * Makes the writer of a set of columns. An absent property is null; a property that is no column is an error.
 * @param generated whether straight-line code is generated for the columns (about twice as fast), where the host allows
 */
export function createRowWriter(
  columns: readonly ColumnBuilder[],
  site: RowSite,
  generated: boolean = mayGenerateCode(),
): RowWriter {
  const names = columns.map((column) => column.field.name);
  const checkKeys = keyCheck(names, site);
  const refuse = (item: unknown): never => {
    throw notARow(site, item);
  };
  return generated ? generate(columns, names, checkKeys, refuse) : loop(columns, names, checkKeys, refuse);
}

/** Looks at every property of an item whose properties are not simply the columns in order. */
function keyCheck(names: readonly string[], site: RowSite): KeyCheck {
  const known = new Set(names);
  return (item) => {
    if (!isRow(item) || isBatch(item)) throw notARow(site, item);
    let keys = 0;
    for (const key in item) {
      keys += 1;
      if (!known.has(key)) throw extraColumn(site, key, names);
    }
    if (keys === 0 && !isPlain(item) && !names.some((name) => name in item)) throw notARow(site, item);
  };
}

/** `{}` is a row of nulls; a URL or a RegExp, which has no properties of its own either, is no row. */
function isPlain(item: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(item);
  return prototype === null || prototype === Object.prototype;
}

/** Properties that every object has without owning them: there, only an own property is a value. */
const inheritedNames: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

function loop(
  columns: readonly ColumnBuilder[],
  names: readonly string[],
  checkKeys: KeyCheck,
  refuse: (item: unknown) => never,
): RowWriter {
  return (item, row) => {
    if (typeof item !== 'object' || item === null) refuse(item);
    // Every object can be read by name; checkKeys refuses those that are no rows.
    const values = item as Record<string, unknown>;
    checkKeys(values);
    for (let at = 0; at < names.length; at++) {
      const name = names[at] as string;
      const absent = inheritedNames.has(name) && !Object.hasOwn(values, name);
      columns[at]?.write(absent ? undefined : values[name], row);
    }
  };
}

/**
 * One statement per column, so that the engine sees one shape of item and one class of builder at each. Names enter the
 * code only as JSON strings. Items made alike have their properties in the order of the columns, which the loop over
 * keys confirms by comparing pointers; any other order takes the slower check.
 */
function generate(
  columns: readonly ColumnBuilder[],
  names: readonly string[],
  checkKeys: KeyCheck,
  refuse: (item: unknown) => never,
): RowWriter {
  const builders = names.map((_, at) => `c${at}`).join(', ');
  const writes = names.map((name, at) => {
    const key = JSON.stringify(name);
    const value = inheritedNames.has(name)
      ? `(Object.hasOwn(item, ${key}) ? item[${key}] : undefined)`
      : `item[${key}]`;
    return `c${at}.write(${value}, row);`;
  });
  const body = `
    const [${builders}] = columns;
    return (item, row) => {
      if (typeof item !== 'object' || item === null) refuse(item);
      let at = 0;
      for (const key in item) {
        if (key !== names[at++]) { at = 0; break; }
      }
      if (at === 0) checkKeys(item);
      ${writes.join('\n      ')}
    };`;
  // The generated function has this type by construction.
  return new Function('columns', 'names', 'checkKeys', 'refuse', body)(
    columns,
    names,
    checkKeys,
    refuse,
  ) as RowWriter;
}
