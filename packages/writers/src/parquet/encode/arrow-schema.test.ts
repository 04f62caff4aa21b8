import { ipcStreamWith, type Schema } from '@tailrace/core/sink';
import * as arrow from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrowSchema } from './arrow-schema.js';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const type = fc.oneof(
  fc.constantFrom(
    { kind: 'bool' },
    { kind: 'int32' },
    { kind: 'float64' },
    { kind: 'date' },
    { kind: 'utf8' },
    { kind: 'dictionary' },
    { kind: 'int64', js: 'bigint' },
    { kind: 'int64', js: 'number' },
  ),
  fc.record({
    kind: fc.constant('timestamp'),
    unit: fc.constantFrom('ms', 'us', 'ns'),
    timezone: fc.option(fc.constantFrom('UTC', 'Europe/Zürich', '+05:30')),
    js: fc.constantFrom('date', 'number', 'bigint'),
  }),
);
const schemas: fc.Arbitrary<Schema> = fc
  .array(fc.record({ name: text, type, nullable: fc.boolean() }), { minLength: 1, maxLength: 30 })
  .map((fields) => ({ fields }) as Schema); // records of the kinds that DataType has

/** What apache-arrow, which has code of its own for such messages, makes of a description. */
const details = ({ fields }: arrow.Schema) =>
  fields.map(({ name, type, nullable, metadata }) => [name, String(type), nullable, [...metadata]]);

describe('the Arrow schema in the footer', () => {
  it('says what apache-arrow would say of the same columns', () => {
    fc.assert(
      fc.property(schemas, (schema) => {
        const own = arrow.tableFromIPC(Buffer.from(arrowSchema(schema), 'base64')).schema;
        const theirs = arrow.tableFromIPC(ipcStreamWith(arrow, [], schema)).schema;
        expect(details(own)).toEqual(details(theirs));
      }),
    );
  });

  it('says text of a column that is a dictionary only because its strings were found to repeat', () => {
    const fields = [
      { name: 'declared', type: { kind: 'dictionary' }, nullable: true },
      { name: 'found', type: { kind: 'dictionary', inferred: true }, nullable: true },
    ] as const;
    const { fields: own } = arrow.tableFromIPC(Buffer.from(arrowSchema({ fields }), 'base64')).schema;
    expect(own.map((field) => String(field.type))).toEqual(['Dictionary<Int32, Utf8>', 'Utf8']);
  });
});
