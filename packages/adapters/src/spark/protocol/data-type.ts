// Owns the types of Spark's columns as its protocol writes them. Field names are those of the published descriptors.
import type { Empty, ReadOneOf } from './one-of.js';

interface DataTypes {
  readonly null: Empty;
  readonly binary: Empty;
  readonly boolean: Empty;
  readonly byte: Empty;
  readonly short: Empty;
  readonly integer: Empty;
  readonly long: Empty;
  readonly float: Empty;
  readonly double: Empty;
  readonly decimal: { readonly precision?: number; readonly scale?: number };
  readonly string: { readonly collation?: string };
  readonly char: { readonly length: number };
  readonly varChar: { readonly length: number };
  readonly date: Empty;
  readonly timestamp: Empty;
  readonly timestampNtz: Empty;
  readonly time: { readonly precision?: number };
  readonly calendarInterval: Empty;
  readonly yearMonthInterval: { readonly startField?: number; readonly endField?: number };
  readonly dayTimeInterval: { readonly startField?: number; readonly endField?: number };
  readonly array: { readonly elementType?: WireType; readonly containsNull: boolean };
  readonly map: {
    readonly keyType?: WireType;
    readonly valueType?: WireType;
    readonly valueContainsNull: boolean;
  };
  readonly struct: { readonly fields: readonly WireField[] };
  readonly variant: Empty;
  readonly unparsed: { readonly dataTypeString: string };
}

export interface WireType {
  readonly kind: ReadOneOf<DataTypes>;
}

export interface WireField {
  readonly name: string;
  readonly dataType?: WireType;
  readonly nullable: boolean;
  readonly metadata?: string;
}
