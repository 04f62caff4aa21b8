// Owns Spark's functions of arrays, maps, structs and JSON.
import { type Column, type ColumnOrName, call, named, type Operand } from '../column/column.js';
import { type Of1, type Of2, type OfMany, of1, of2, ofMany } from './shapes.js';

/** An array of columns. */
export const array: OfMany<unknown[]> = ofMany('array');
/** How many items an array or map has. */
export const size: Of1<number> = of1('size');
/** How many items an array has; null of null. */
export const arraySize: Of1<number | null> = of1('array_size');
/** Every item once. */
export const arrayDistinct: Of1<unknown[] | null> = of1('array_distinct');
/** The greatest item. */
export const arrayMax: Of1<unknown> = of1('array_max');
/** The smallest item. */
export const arrayMin: Of1<unknown> = of1('array_min');
/** Without nulls. */
export const arrayCompact: Of1<unknown[] | null> = of1('array_compact');
/** An array of arrays as one. */
export const flatten: Of1<unknown[] | null> = of1('flatten');
/** A row for each item of an array; none for null and for none. */
export const explode: Of1<unknown> = of1('explode');
/** A row for each item of an array; one of null for null and for none. */
export const explodeOuter: Of1<unknown> = of1('explode_outer');
/** A row for each item, with its place. */
export const posexplode: Of1<unknown> = of1('posexplode');
/** The keys of a map. */
export const mapKeys: Of1<unknown[] | null> = of1('map_keys');
/** The values of a map. */
export const mapValues: Of1<unknown[] | null> = of1('map_values');
/** Keys and values as structs. */
export const mapEntries: Of1<unknown[] | null> = of1('map_entries');
/** A map of structs of a key and a value. */
export const mapFromEntries: Of1<unknown> = of1('map_from_entries');
/** A struct, array or map as JSON. */
export const toJson: Of1<string | null> = of1('to_json');
/** A map of keys and values in turn. */
export const createMap: OfMany<unknown> = ofMany('map');
/** A struct of columns, under their names. */
export const struct: OfMany<unknown> = ofMany('struct');
/** Arrays as one of structs. */
export const arraysZip: OfMany<unknown[] | null> = ofMany('arrays_zip');
/** Maps as one. */
export const mapConcat: OfMany<unknown> = ofMany('map_concat');
/** Items of either, each once. */
export const arrayUnion: Of2<unknown[] | null> = of2('array_union');
/** Items of both, each once. */
export const arrayIntersect: Of2<unknown[] | null> = of2('array_intersect');
/** Items of the first that the second lacks, each once. */
export const arrayExcept: Of2<unknown[] | null> = of2('array_except');
/** Whether both have an item in common. */
export const arraysOverlap: Of2<boolean | null> = of2('arrays_overlap');
/** A map of an array of keys and one of values. */
export const mapFromArrays: Of2<unknown> = of2('map_from_arrays');
/** All numbers or days from the first to the second. */
export const sequence: Of2<unknown[] | null> = of2('sequence');

/** Whether an array has an item. */
export const arrayContains = (column: ColumnOrName, value: Operand): Column<boolean | null> =>
  call('array_contains', named(column), value);
/** Where an array has an item first, from 1; 0 where it has not. */
export const arrayPosition = (column: ColumnOrName, value: Operand): Column<bigint | null> =>
  call('array_position', named(column), value);
/** An array without an item. */
export const arrayRemove = (column: ColumnOrName, value: Operand): Column<unknown[] | null> =>
  call('array_remove', named(column), value);
/** An array with an item behind. */
export const arrayAppend = (column: ColumnOrName, value: Operand): Column<unknown[] | null> =>
  call('array_append', named(column), value);
/** An item so many times. */
export const arrayRepeat = (column: ColumnOrName, times: number): Column<unknown[]> =>
  call('array_repeat', named(column), times);
/** The items of an array as a text; nulls are left out. */
export const arrayJoin = (column: ColumnOrName, delimiter: string): Column<string | null> =>
  call('array_join', named(column), delimiter);
/** The items in order, nulls first where it is ascending. */
export const sortArray = (column: ColumnOrName, ascending = true): Column<unknown[] | null> =>
  call('sort_array', named(column), ascending);
/** A part of an array; `from` is counted from 1, or from the end where it is below 0. */
export const slice = (column: ColumnOrName, from: number, items: number): Column<unknown[] | null> =>
  call('slice', named(column), from, items);
/** An item of an array by its place from 1, or a value of a map. */
export const elementAt = (column: ColumnOrName, key: Operand): Column =>
  call('element_at', named(column), key);
/** Whether a map has a key. */
export const mapContainsKey = (column: ColumnOrName, key: Operand): Column<boolean | null> =>
  call('map_contains_key', named(column), key);
/** JSON as a value of a type, written as SQL does: `a INT, b ARRAY<STRING>`. */
export const fromJson = (column: ColumnOrName, type: string): Column =>
  call('from_json', named(column), type);
/** A part of JSON by its path: `$.a[0]`. */
export const getJsonObject = (column: ColumnOrName, path: string): Column<string | null> =>
  call('get_json_object', named(column), path);
