import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ModuleRef } from '@tailrace/core/sink';
import { describe, expect, it } from 'vitest';
import { arrow, csv, msgpack, ndjson, parquet } from './index.js';

const formatOf = (sink: { readonly module: ModuleRef }): ModuleRef =>
  (sink.module.options as { format: ModuleRef }).format;

describe('factories of sinks', () => {
  it('name a worker module that exists, with options filled in', () => {
    const sinks = {
      arrow: arrow('out/hourly.arrow'),
      csv: csv('out/daily.csv.gz'),
      msgpack: msgpack('out/x.msgpack.gz'),
      ndjson: ndjson('out/x.ndjson'),
      parquet: parquet('out/routes'),
    };
    for (const [name, sink] of Object.entries(sinks)) {
      expect(sink.name).toBe(name);
      expect(existsSync(fileURLToPath(formatOf(sink).url))).toBe(true);
    }
    expect(formatOf(sinks.msgpack).options).toMatchObject({ layout: 'rows', compression: 'gzip' });
    expect(formatOf(sinks.arrow).options).toMatchObject({
      as: 'file',
      dictionaries: 'text',
      compression: 'none',
    });
    expect(formatOf(sinks.csv).options).toMatchObject({ compression: 'gzip', delimiter: ',', header: true });
    expect(formatOf(sinks.ndjson).options).toMatchObject({ compression: 'none', bigint: 'number' });
    expect(formatOf(sinks.parquet).options).toEqual({
      compression: 'snappy',
      rowGroupRows: 131_072,
      encodings: 'adaptive',
      otherEngine: true,
    });
  });

  it('write one file for a path with an extension, else a directory, and pass on the options of file sinks', () => {
    expect(parquet('out/hourly.parquet').single).toBe(true);
    const routes = parquet<{ state: string }>('out/routes', {
      partitionBy: ['state'],
      mode: 'overwrite',
      maxPartRows: 10,
    });
    expect({ single: routes.single, requires: routes.requires }).toEqual({
      single: false,
      requires: ['state'],
    });
    expect(routes.module.options).toMatchObject({ mode: 'overwrite', maxPartRows: 10 });
  });

  it.each(['out/flights.2001', 'out/data.d/', 'out/.cache', 'out/daily'])(
    'compress the parts of the directory %s, whose name may have a dot',
    (path) => {
      for (const make of [csv, ndjson]) {
        const sink = make(path, { compression: 'gzip' });
        expect(sink.single).toBe(false);
        expect(formatOf(sink).options).toMatchObject({ compression: 'gzip' });
      }
    },
  );

  it('go by the option single before the name when it comes to compression', () => {
    for (const make of [csv, ndjson]) {
      const parts = make('out/v1.d', { single: false, compression: 'gzip' });
      expect(formatOf(parts).options).toMatchObject({ compression: 'gzip' });
      expect(formatOf(make('out/v1.gz', { single: false })).options).toMatchObject({ compression: 'none' });
      expect(formatOf(make('out/v1.gz', { single: true })).options).toMatchObject({ compression: 'gzip' });
      expect(() => make('out/v1', { single: true, compression: 'gzip' })).toThrow(/name it out\/v1\.gz/);
      expect(() => make('out/v1.d', { compression: 'gzip' })).toThrow(/name it out\/v1\.d\.gz/);
    }
  });

  it('are plain data that crosses to a worker', () => {
    for (const sink of [csv('out/a'), ndjson('out/b'), parquet('out/c'), arrow('out/d'), msgpack('out/e')])
      expect(structuredClone(sink)).toEqual(sink);
  });
});
