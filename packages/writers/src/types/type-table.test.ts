import { describeType } from '@tailrace/core/sink';
import { describe, expect, it } from 'vitest';
import { resolveParquetOptions } from '../parquet/options.js';
import parquetPolarsFormat from '../parquet/polars/module.js';
import { sampleTypes } from '../testing/type-samples.js';
import { refusalCode, refusalOf } from './mapping.js';
import { typeTable } from './type-table.js';

describe('the table of types', () => {
  const kinds = [...new Set(sampleTypes.map(({ kind }) => kind))];

  it.each(Object.entries(typeTable))('says of every type what %s does with it', (_, mappings) => {
    // The matrix tries samples of each kind.
    expect(Object.keys(mappings).sort()).toEqual([...kinds].sort());
    for (const entry of Object.values(mappings)) {
      if ('because' in entry) {
        expect(entry.because).toMatch(/^[^A-Z].*[^.]$/);
        expect(entry.instead).toMatch(/^[A-Z].*\.$/);
      } else {
        expect(entry.as).toMatch(/\S/);
      }
    }
  });

  it('has a format for every sample', () => {
    for (const type of sampleTypes) {
      const taking = Object.values(typeTable).filter((mappings) => refusalOf(mappings, type) === undefined);
      expect(taking.length).toBeGreaterThan(0);
    }
  });

  // Its files are held against other readers where its package is installed: test/interop.
  it.each(sampleTypes.map((type) => [describeType(type), type] as const))(
    'is what the engine polars goes by: %s',
    (name, type) => {
      const schema = { fields: [{ name: 'c', type, nullable: true }] };
      const { format: options } = resolveParquetOptions('x', { engine: 'polars' });
      const refusal = refusalOf(typeTable['parquet (polars)'], type);
      if (refusal === undefined) {
        expect(() => parquetPolarsFormat.check(schema, options)).not.toThrow();
        return;
      }
      expect(() => parquetPolarsFormat.check(schema, options)).toThrow(
        expect.objectContaining({
          code: refusalCode,
          message: expect.stringContaining(`Column "c" is ${name}, which`),
        }),
      );
    },
  );
});
