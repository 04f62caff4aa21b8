import { describe, expect, it } from 'vitest';
import { type ParquetOptions, resolveParquetOptions } from './options.js';

const resolve = (options: ParquetOptions = {}) => resolveParquetOptions('out/x', options);

describe('parquet options', () => {
  it('have defaults', () => {
    expect(resolve().format).toEqual({
      compression: 'snappy',
      rowGroupRows: 131_072,
      otherEngine: true,
      encodings: 'adaptive',
    });
  });

  it.each([
    [{ rowGroupRows: 0 }, /whole number from 1/],
    [{ rowGroupRows: 1.5 }, /whole number from 1/],
    // What the types forbid must be refused at run time too.
    [{ compression: 'lzo' as 'zstd' }, /compression is one of none, snappy/],
    [{ encodings: 'best' as 'basic' }, /encodings is one of adaptive, basic/],
    [{ engine: 'duckdb' as 'tailrace' }, /engine is one of tailrace, parquet-wasm/],
  ] as const)('refuse %j', (given, message) => {
    expect(() => resolve(given)).toThrow(message);
  });

  it.each([
    [
      { compression: 'zstd', compressionLevel: 23 },
      /compressionLevel of zstd is a whole number from 1 to 22/,
    ],
    [{ compression: 'snappy', compressionLevel: 1 }, /compression snappy has no levels/],
    [{ statistics: false, pageIndex: true }, /pageIndex: true needs statistics/],
    [{ encodings: 'basic', columns: { a: { encoding: 'delta' } } }, /encodings: basic rules out/],
    [{ statistics: false, columns: { a: { statistics: true } } }, /statistics: false leaves out all/],
    [{ columns: { a: { fieldId: 1 }, b: { fieldId: 1 } } }, /fieldId 1 both/],
    [{ columns: { a: { fieldId: -1 } } }, /fieldId is a whole number/],
    [{ sortedBy: [] }, /sortedBy is a list/],
    [{ sortedBy: [{ column: 'a' }, { column: 'a' }] }, /twice/],
    [{ metadata: { 'ARROW:schema': '' } }, /kept for the schema/],
    [{ metadata: { note: '\ud800' } }, /is text/],
    [{ createdBy: '' }, /createdBy is empty/],
    [{ rowGroupBytes: 1 }, /rowGroupBytes is a whole number/],
    [{ pageVersion: 3 as 2 }, /pageVersion is one of 1, 2/],
    [{ compression: 'lz4_raw', sortedBy: [{ column: 'a' }] }, /no engine does all/],
  ] as const)('refuse what contradicts itself, or is out of range: %j', (given, message) => {
    expect(() => resolve(given)).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }));
    expect(() => resolve(given)).toThrow(message);
  });

  it('keep parquet-wasm from files that it cannot make as asked, whatever their columns', () => {
    expect(resolve({ metadata: { a: 'b' } }).format.otherEngine).toBe(true);
    expect(resolve({ sortedBy: [{ column: 'a' }] }).format.otherEngine).toBeUndefined();
  });

  it('take the engine that is named, and one that has the codec where none is', () => {
    expect(resolve({ engine: 'tailrace' }).engine).toBe('tailrace');
    expect(resolve({ engine: 'parquet-wasm' }).engine).toBe('parquet-wasm');
    expect(resolve({ compression: 'lz4_raw' }).engine).toBe('parquet-wasm');
  });

  it('refuse a codec that the named engine lacks, before anything runs', () => {
    expect(() => resolve({ engine: 'tailrace', compression: 'lz4_raw' })).toThrow(
      expect.objectContaining({
        code: 'PLAN_INVALID',
        message: expect.stringMatching(
          /tailrace cannot do compression: lz4_raw; parquet-wasm and polars can/,
        ),
      }),
    );
  });
});
