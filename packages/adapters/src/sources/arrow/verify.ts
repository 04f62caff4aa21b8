// Owns the look at the metadata of Arrow messages before a library follows it: every offset and every length of a damaged file must
// lie within its bytes, and there must not be more to follow than there are bytes.
// Sources: Message.fbs, Schema.fbs and File.fbs of apache/arrow; https://flatbuffers.dev/internals/

/** What a field of a table is, by its number: only those that lead further are named. */
type Shape =
  | 'string'
  /** A vector of values of so many bytes. */
  | { readonly vectorOf: number }
  | { readonly table: Table }
  | { readonly tables: () => Table };
type Table = Readonly<Record<number, Shape>>;

const pairs: Shape = { tables: () => ({ 0: 'string', 1: 'string' }) };
/** Of all types the one layout: only zones are text, and only unions, which have ids, a vector. */
const typeTables: Readonly<Record<number, Table>> = { 10: { 1: 'string' }, 14: { 1: { vectorOf: 4 } } };
const fieldType = { member: 2, table: 3 } as const;
const field: Table = {
  0: 'string',
  4: { table: { 1: { table: {} } } },
  5: { tables: () => field },
  6: pairs,
};
const schema: Table = { 1: { tables: () => field }, 2: pairs, 3: { vectorOf: 8 } };
const recordBatch: Table = { 1: { vectorOf: 16 }, 2: { vectorOf: 16 }, 3: { table: {} }, 4: { vectorOf: 8 } };
const headers: Readonly<Record<number, Table>> = {
  1: schema,
  2: { 1: { table: recordBatch } },
  3: recordBatch,
};
const footer: Table = { 1: { table: schema }, 2: { vectorOf: 24 }, 3: { vectorOf: 24 }, 4: pairs };

const maxDepth = 64;
/** Of the two byte orders of Schema.fbs, which are numbers of two bytes; the other is 0. */
const bigEndian = 1;

/** What is said of a message before it is read. */
export interface MessageSummary {
  readonly kind: 'schema' | 'dictionary' | 'batch' | 'other';
  readonly bodyBytes: number;
  /** As a schema says of the values of all batches. The metadata itself is always little-endian. */
  readonly isBigEndian: boolean;
}

/** Throws RangeError for metadata that does not lie within its bytes. */
export function verifyMessage(bytes: Uint8Array): MessageSummary {
  const look = looker(bytes);
  const message = look.root({ 4: pairs });
  const member = look.byte(message, 1);
  const header = look.reference(message, 2);
  const shape = headers[member];
  if (header === undefined || shape === undefined)
    return { kind: 'other', bodyBytes: look.long(message, 3), isBigEndian: false };
  look.table(header, shape, 0);
  return {
    kind: member === 1 ? 'schema' : member === 2 ? 'dictionary' : 'batch',
    bodyBytes: look.long(message, 3),
    isBigEndian: member === 1 && look.byte(header, 0) === bigEndian,
  };
}

/** The same for the footer of a file. */
export function verifyFooter(bytes: Uint8Array): Pick<MessageSummary, 'isBigEndian'> {
  const look = looker(bytes);
  const known = look.reference(look.root(footer), 1);
  return { isBigEndian: known !== undefined && look.byte(known, 0) === bigEndian };
}

interface Looker {
  /** Where the root table begins, once all that is in it lies within the bytes. */
  root(shape: Table): number;
  table(at: number, shape: Table, depth: number): void;
  byte(table: number, id: number): number;
  long(table: number, id: number): number;
  reference(table: number, id: number): number | undefined;
}

function looker(bytes: Uint8Array): Looker {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Offsets may lead to one table many times over: no honest message looks at more places than it has bytes.
  let left = bytes.length;

  const within = (at: number, length: number): number => {
    if (at < 0 || at + length > bytes.length) throw new RangeError('it leads beyond its end');
    left -= 1;
    if (left < 0) throw new RangeError('it leads in circles');
    return at;
  };
  const uint32 = (at: number): number => view.getUint32(within(at, 4), true);

  /** Where field number `id` of a table lies; undefined when it is left out. */
  const place = (table: number, id: number): number | undefined => {
    const vtable = table - view.getInt32(within(table, 4), true);
    const bytesOf = view.getUint16(within(vtable, 4), true);
    const slot = 4 + id * 2;
    if (slot + 2 > bytesOf) return undefined;
    const offset = view.getUint16(within(vtable + slot, 2), true);
    return offset === 0 ? undefined : table + offset;
  };
  const reference = (table: number, id: number): number | undefined => {
    const at = place(table, id);
    return at === undefined ? undefined : at + uint32(at);
  };
  const vector = (at: number, itemBytes: number): number => {
    const count = uint32(at);
    within(at + 4, count * itemBytes);
    return count;
  };

  const table = (at: number, shape: Table, depth: number): void => {
    if (depth > maxDepth) throw new RangeError('it is nested too deeply');
    within(at, 4);
    // All fields of a table lie within it.
    const vtable = at - view.getInt32(at, true);
    within(vtable, view.getUint16(within(vtable, 4), true));
    within(at, view.getUint16(vtable + 2, true));
    for (const [id, of] of Object.entries(shape)) {
      const to = reference(at, Number(id));
      if (to === undefined) continue;
      if (of === 'string') vector(to, 1);
      else if ('vectorOf' in of) vector(to, of.vectorOf);
      else if ('table' in of) table(to, of.table, depth + 1);
      else {
        const inner = of.tables();
        const count = vector(to, 4);
        for (let item = 0; item < count; item += 1) {
          const slot = to + 4 + item * 4;
          table(slot + uint32(slot), inner, depth + 1);
        }
      }
    }
    if (shape !== field) return;
    const type = reference(at, fieldType.table);
    const member = place(at, fieldType.member);
    if (type !== undefined && member !== undefined)
      table(type, typeTables[view.getUint8(within(member, 1))] ?? {}, depth + 1);
  };

  return {
    root(shape) {
      const at = uint32(0);
      table(at, shape, 0);
      return at;
    },
    table,
    byte(of, id) {
      const at = place(of, id);
      return at === undefined ? 0 : view.getUint8(within(at, 1));
    },
    long(of, id) {
      const at = place(of, id);
      return at === undefined ? 0 : Number(view.getBigInt64(within(at, 8), true));
    },
    reference,
  };
}
