// Owns the way from values of JSON to those of declared columns: exact, in the forms that the types name, or a problem.
import type { DataType, Field } from '@tailrace/core';
import type { BytesAs } from '../text/text-bytes.js';
import { TextProblem } from '../text/text-problem.js';
import { textParser } from '../text/text-values.js';

/** Of a value that is there, and not null. Throws TextProblem, the end of a sentence that begins with the value. */
export type Convert = (value: unknown) => unknown;

/** @param bytesAs what bytes are written as, of which JSON has no values */
export function jsonConverter(type: DataType, bytesAs: BytesAs): Convert {
  switch (type.kind) {
    case 'bool':
      return (value) => (typeof value === 'boolean' ? value : refuse('is not true or false'));
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32': {
      const parse = textParser(type);
      return (value) => (typeof value === 'number' ? parse(wholeText(value)) : refuse('is not a number'));
    }
    case 'int64':
    case 'uint64':
    case 'duration': {
      const parse = textParser(type);
      return (value) => parse(typeof value === 'number' ? wholeText(value) : textOf(value));
    }
    case 'float16':
    case 'float32':
    case 'float64': {
      const parse = textParser(type);
      return (value) => (typeof value === 'number' ? finite(value) : parse(specialText(value)));
    }
    case 'utf8':
    case 'dictionary':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'decimal':
    case 'binary':
    case 'fixed_binary': {
      const parse = textParser(type, bytesAs);
      return (value) => parse(textOf(value));
    }
    case 'null':
      return () => refuse('is not null');
    case 'list':
    case 'fixed_list': {
      const item = within(type.item, bytesAs);
      const size = type.kind === 'fixed_list' ? type.size : undefined;
      return (value) => {
        const items = itemsOf(value);
        if (size !== undefined && items.length !== size) refuse(`has ${items.length} items, not ${size}`);
        return items.map((one, at) => item(one, `[${at}]`));
      };
    }
    case 'struct':
      return structConverter(type.fields, bytesAs);
    case 'map':
      return mapConverter(type.key, type.value, bytesAs);
  }
}

/** @param at where it is within the value that is converted, for messages */
type ConvertWithin = (value: unknown, at: string) => unknown;

function within({ type, nullable }: Field, bytesAs: BytesAs): ConvertWithin {
  const convert = jsonConverter(type, bytesAs);
  return (value, at) => {
    if (value === null || value === undefined) {
      if (nullable) return null;
      return refuse(`has ${value === null ? 'null' : 'nothing'} at ${at}, which is declared without nulls`);
    }
    try {
      return convert(value);
    } catch (error) {
      if (!(error instanceof TextProblem)) throw error;
      return refuse(`has a value at ${at} that ${error.message}`);
    }
  };
}

function structConverter(fields: readonly Field[], bytesAs: BytesAs): Convert {
  const members = fields.map((field) => [field.name, within(field, bytesAs)] as const);
  return (value) => {
    const given = objectOf(value);
    return Object.fromEntries(
      members.map(([name, convert]) => [name, convert(memberOf(given, name), JSON.stringify(name))]),
    );
  };
}

/** Keys that are text are those of an object; others stand beside their values, in an array of objects. */
function mapConverter(key: Field, value: Field, bytesAs: BytesAs): Convert {
  const keyOf = within(key, bytesAs);
  const itemOf = within(value, bytesAs);
  if (key.type.kind === 'utf8') {
    return (map) =>
      new Map(
        Object.entries(objectOf(map)).map(
          ([text, one]) => [text, itemOf(one, JSON.stringify(text))] as const,
        ),
      );
  }
  return (map) =>
    new Map(
      itemsOf(map).map((one, at) => {
        if (!isObject(one)) return refuse(`has at [${at}] no object of a key and a value`);
        return [
          keyOf(memberOf(one, key.name), `[${at}].${key.name}`),
          itemOf(memberOf(one, value.name), `[${at}].${value.name}`),
        ] as const;
      }),
    );
}

function refuse(problem: string): never {
  throw new TextProblem(problem);
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What JSON.parse makes has own keys only. */
export function memberOf(value: JsonObject, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : refuse('is not an object');
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : refuse('is not an array');
}

/** Beyond 2^53 JSON.parse may have rounded already, and nothing would show it. */
function wholeText(value: number): string {
  if (!Number.isInteger(value)) refuse('is not a whole number');
  if (!Number.isSafeInteger(value))
    refuse('is beyond 2^53, where JSON numbers lose digits; write it as a string');
  return String(value);
}

/** JSON.parse makes Infinity of numbers that are too large. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : refuse('is beyond the range of float64');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : refuse('is not a string');
}

const specialNumbers = new Set(['NaN', 'Infinity', '-Infinity']);

function specialText(value: unknown): string {
  return typeof value === 'string' && specialNumbers.has(value) ? value : refuse('is not a number');
}
