// Owns the description of a column's type: plain data that crosses threads, its name in messages, and when two are the same.

/** Seconds, milliseconds, microseconds or nanoseconds. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

/**
 * The type of a column. `js` names the JavaScript form in rows where a type has more than one.
 * The union grows with new members; every switch over it is exhaustive.
 */
export type DataType =
  | { readonly kind: 'bool' }
  /** Whole numbers, as number in rows. */
  | { readonly kind: 'int8' | 'int16' | 'int32' | 'uint8' | 'uint16' | 'uint32' }
  | { readonly kind: 'int64' | 'uint64'; readonly js: 'bigint' | 'number' }
  /** `round`: numbers that lie between two floats become the nearer one. Without it they are refused. */
  | { readonly kind: 'float16' | 'float32'; readonly round?: true }
  | { readonly kind: 'float64' }
  /** Exact decimal numbers of `precision` digits, `scale` of them after the point; `js: 'bigint'` counts in the last digit. */
  | {
      readonly kind: 'decimal';
      readonly bits: 128 | 256;
      readonly precision: number;
      readonly scale: number;
      readonly js: 'string' | 'bigint';
    }
  | {
      readonly kind: 'timestamp';
      readonly unit: TimeUnit;
      /** IANA name or `UTC`; null means local civil time, written without a zone. */
      readonly timezone: string | null;
      /** `date`: Date (milliseconds); `number`: safe integer in `unit`; `bigint`: integer in `unit`. */
      readonly js: 'date' | 'number' | 'bigint';
    }
  /** Days since 1970-01-01, as a Date at midnight UTC in rows. */
  | { readonly kind: 'date' }
  /** Time of day: a number of `unit` since midnight, within one day. */
  | { readonly kind: 'time'; readonly unit: TimeUnit }
  /** A length of time in `unit`. */
  | { readonly kind: 'duration'; readonly unit: TimeUnit; readonly js: 'bigint' | 'number' }
  /** `large`: files are told 64-bit offsets (Arrow's LargeUtf8, LargeBinary); batches hold both alike. */
  | { readonly kind: 'utf8' | 'binary'; readonly large?: true }
  /** Uint8Arrays of `width` bytes. */
  | { readonly kind: 'fixed_binary'; readonly width: number }
  /**
   * Strings with int32 codes: each is stored once per batch, as long as strings repeat at all.
   * `inferred`: a column of text that was found to repeat. That is how batches hold it, and what files of it are told
   * is text: another run may find otherwise.
   */
  | { readonly kind: 'dictionary'; readonly inferred?: true }
  /** Nothing but nulls. */
  | { readonly kind: 'null' }
  /** Arrays of any length. `large` as for text. */
  | { readonly kind: 'list'; readonly item: Field; readonly large?: true }
  /** Arrays of `size` items. */
  | { readonly kind: 'fixed_list'; readonly item: Field; readonly size: number }
  /** Objects with a property for each field. */
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }
  /** Maps: a list of entries, each a struct of a key that is never null, and a value. */
  | { readonly kind: 'map'; readonly key: Field; readonly value: Field };

/** A column of a schema: plain data. */
export interface Field {
  readonly name: string;
  readonly type: DataType;
  /** Whether its values may be null. */
  readonly nullable: boolean;
}

/** A type of that kind: `KindOf<'map'>`. */
export type KindOf<K extends DataType['kind']> = Extract<DataType, { readonly kind: K }>;

/** The entries of a map as the items of a list, which is how they are held. */
export function entriesOf({ key, value }: KindOf<'map'>): Field {
  return { name: 'entries', type: { kind: 'struct', fields: [key, value] }, nullable: false };
}

/** The name of a column as descriptions have it: in quotes where it could be taken for more than a name. */
export function shownName(name: string): string {
  return /^[^\s,<>"?]+$/.test(name) ? name : JSON.stringify(name);
}

/** The name of a type. How a column of text is held in memory does not show in it. */
export function describeType(type: DataType): string {
  switch (type.kind) {
    case 'dictionary':
      return type.inferred === true ? 'utf8' : 'dictionary';
    case 'timestamp':
      return `timestamp[${type.unit}${type.timezone === null ? '' : `, ${type.timezone}`}]`;
    case 'time':
    case 'duration':
      return `${type.kind}[${type.unit}]`;
    case 'decimal':
      return `decimal${type.bits}(${type.precision}, ${type.scale})`;
    case 'utf8':
    case 'binary':
      return type.large === true ? `large_${type.kind}` : type.kind;
    case 'fixed_binary':
      return `fixed_binary[${type.width}]`;
    case 'list':
      return `${type.large === true ? 'large_list' : 'list'}<${describeOf(type.item)}>`;
    case 'fixed_list':
      return `fixed_list<${describeOf(type.item)}>[${type.size}]`;
    case 'struct':
      return `struct<${type.fields.map((field) => `${shownName(field.name)} ${describeOf(field)}`).join(', ')}>`;
    case 'map':
      return `map<${describeOf(type.key)}, ${describeOf(type.value)}>`;
    default:
      return type.kind;
  }
}

function describeOf({ type, nullable }: Field): string {
  return `${describeType(type)}${nullable ? '?' : ''}`;
}

/** Whether columns of both hold the same values in the same layout; their form in rows does not matter. */
export function sameType(a: DataType, b: DataType): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'struct' && b.kind === 'struct') {
    return (
      a.fields.length === b.fields.length &&
      a.fields.every((field, at) => {
        const other = b.fields[at];
        return other !== undefined && other.name === field.name && sameField(field, other);
      })
    );
  }
  if (a.kind === 'list' && b.kind === 'list') {
    return (a.large === true) === (b.large === true) && sameField(a.item, b.item);
  }
  if (a.kind === 'fixed_list' && b.kind === 'fixed_list')
    return a.size === b.size && sameField(a.item, b.item);
  if (a.kind === 'map' && b.kind === 'map') return sameField(a.key, b.key) && sameField(a.value, b.value);
  // The names of flat types have everything that the layout depends on.
  return a.kind === 'dictionary' || describeType(a) === describeType(b);
}

/** Names of items, keys and values mean nothing. */
function sameField(a: Field, b: Field): boolean {
  return a.nullable === b.nullable && sameType(a.type, b.type);
}
