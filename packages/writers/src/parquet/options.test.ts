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
    [{ engine: 'polars' as 'tailrace' }, /engine is one of tailrace, parquet-wasm/],
  ] as const)('refuse %j', (given, message) => {
    expect(() => resolve(given)).toThrow(message);
  });

  it('take the engine that is named, and one that has the codec where none is', () => {
    expect(resolve({ engine: 'tailrace' }).engine).toBe('tailrace');
    expect(resolve({ engine: 'parquet-wasm' }).engine).toBe('parquet-wasm');
    expect(resolve({ compression: 'lz4_raw' }).engine).toBe('parquet-wasm');
  });

  it('refuse a codec that the named engine lacks, before anything runs', () => {
    expect(() => resolve({ engine: 'tailrace', compression: 'lz4_raw' })).toThrow(
      expect.objectContaining({ code: 'PLAN_INVALID', message: expect.stringMatching(/no codec lz4_raw/) }),
    );
  });
});
