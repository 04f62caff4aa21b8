import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PlanError } from '../../errors/named-errors.js';
import type { ModuleRef } from '../module-ref.js';
import { type FileSinkOptions, fileSink } from './file-sink.js';
import type { FileSinkSettings } from './settings.js';

interface Row {
  readonly state: string;
  readonly year: number;
}
const format: ModuleRef = { url: 'file:///formats/lines.js', options: { width: 80 } };

const sinkOf = (path: string, options: FileSinkOptions<Row> = {}) =>
  fileSink<Row>(path, { name: 'lines', format, ...options });
// fileSink puts its settings there; the contract does not know their type.
const settingsOf = (path: string, options?: FileSinkOptions<Row>) =>
  sinkOf(path, options).module.options as FileSinkSettings;

describe('fileSink', () => {
  it('is plain data that can be cloned, with an absolute path', () => {
    const sink = sinkOf('out/routes', { partitionBy: ['state'], mode: 'overwrite' });
    expect(structuredClone(sink)).toEqual(sink);
    expect(sink).toMatchObject({
      name: 'lines',
      target: resolve('out/routes'),
      location: { scheme: 'file', path: resolve('out/routes'), kind: 'directory' },
      single: false,
      requires: ['state'],
    });
    expect(sink.module.url).toMatch(/^file:.*sink\/file\/module\.js$/);
    expect(sink.module.options).toMatchObject({
      mode: 'overwrite',
      format,
      store: { options: { kind: 'local' } },
    });
  });

  it('is one file when the path has an extension and nothing says otherwise', () => {
    const single = (path: string, options?: FileSinkOptions<Row>): boolean => sinkOf(path, options).single;
    for (const path of ['a.csv', 'out/daily.csv.gz', '/x/.hidden.json', 'out.d/a.parquet']) {
      expect(single(path), path).toBe(true);
    }
    for (const path of ['out', 'out/', 'out.csv/', 'flights.2001', '.cache', 'a.b/c', 'out/.hidden']) {
      expect(single(path), path).toBe(false);
    }
    expect(single('routes.v2', { single: false })).toBe(false);
    expect(single('out/data', { single: true })).toBe(true);
  });

  it('refuses partitions and append for one file, saying how to get a directory', () => {
    const partitioned = expect(() => sinkOf('out/a.csv', { partitionBy: ['state'] }));
    partitioned.toThrow(PlanError);
    partitioned.toThrow(/cannot be partitioned by state.*directory instead/);
    expect(() => sinkOf('out/a.csv', { mode: 'append' })).toThrow(/append.*directory instead/);
    const replacing = expect(() => sinkOf('out/a.csv', { mode: 'overwritePartitions' }));
    replacing.toThrow(/overwritePartitions.*directory instead/);
    expect(() => sinkOf('out/a.csv', { publish: 'generations' })).toThrow(/generations are directories/);
  });

  it.each<FileSinkOptions<Row>>([
    { maxPartRows: 10 },
    { maxPartBytes: '1MiB' },
    { maxPartAgeMs: 1_000 },
    { minPartBytes: '1KiB' },
    { maxOpenPartitions: 4 },
    { maxPartitions: 4 },
    { partitionBufferBytes: '1MiB' },
  ])('refuses for one file what is about parts, instead of passing it over: %o', (options) => {
    const [option = ''] = Object.keys(options);
    for (const [path, single] of [['out/daily.csv'], ['out/daily', true]] as const) {
      expect(() => sinkOf(path, { ...options, single })).toThrow(
        expect.objectContaining({
          code: 'PLAN_INVALID',
          message: expect.stringMatching(
            new RegExp(`${option} .*this is one file.*Give a directory instead`),
          ),
        }),
      );
    }
    expect(() => sinkOf('out/daily', options)).not.toThrow();
  });

  it('charges the rows that wait for their partitions beside the encoder', () => {
    const mebibyte = 2 ** 20;
    expect(sinkOf('out').reserveBytes).toBe(8 * mebibyte);
    expect(sinkOf('out', { partitionBy: ['state'] }).reserveBytes).toBe(40 * mebibyte);
    const small: FileSinkOptions<Row> = {
      partitionBy: ['year'],
      partitionBufferBytes: '1MiB',
      reserveBytes: '2MiB',
    };
    expect(sinkOf('out', small).reserveBytes).toBe(3 * mebibyte);
  });

  it('gives the encoders that may be open at once no more than is reserved beside the waiting rows', () => {
    const mebibyte = 2 ** 20;
    expect(settingsOf('out').maxBufferedBytes).toBe(8 * mebibyte);
    expect(settingsOf('out', { partitionBy: ['state'] }).maxBufferedBytes).toBe((24 * mebibyte) / 64);
    const options: FileSinkOptions<Row>[] = [
      {},
      { partitionBy: ['state'] },
      { partitionBy: ['state'], maxOpenPartitions: 7, partitionBufferBytes: 1001, reserveBytes: 3000 },
      { partitionBy: ['state'], maxOpenPartitions: 1, reserveBytes: '64MiB' },
    ];
    for (const each of options) {
      const { maxBufferedBytes, maxOpenPartitions, waitingBytes } = settingsOf('out', each);
      const isPartitioned = each.partitionBy !== undefined;
      const held = isPartitioned ? maxBufferedBytes * maxOpenPartitions + waitingBytes : maxBufferedBytes;
      expect(held).toBeLessThanOrEqual(sinkOf('out', each).reserveBytes);
    }
  });

  it('knows how large a part should be at least, and refuses a minimum above the maximum', () => {
    expect(settingsOf('out').minPartBytes).toBe(2 ** 20);
    expect(settingsOf('out', { maxPartBytes: '64KiB' }).minPartBytes).toBe(64 * 2 ** 10);
    expect(settingsOf('out', { minPartBytes: '8MiB', maxPartAgeMs: 60_000 })).toMatchObject({
      minPartBytes: 2 ** 23,
      maxPartAgeMs: 60_000,
    });
    expect(() => sinkOf('out', { minPartBytes: '2MiB', maxPartBytes: '1MiB' })).toThrow(
      /minPartBytes \(2097152\) is more than maxPartBytes \(1048576\)/,
    );
    expect(() => sinkOf('out', { maxPartAgeMs: 0 })).toThrow(/maxPartAgeMs is 0/);
  });

  it('reads amounts of bytes and leaves limits out that are not asked for', () => {
    expect(settingsOf('out', { maxPartBytes: '128MiB', maxPartRows: 5 })).toMatchObject({
      maxPartBytes: 128 * 2 ** 20,
      maxPartRows: 5,
      maxOpenPartitions: 64,
    });
    expect(settingsOf('out').maxPartRows).toBeUndefined();
  });

  it('refuses options that are out of range, duplicate or of the wrong kind, naming target and option', () => {
    // What TypeScript would refuse, a JavaScript user can still write.
    const wrong = (options: object): FileSinkOptions<Row> => options as FileSinkOptions<Row>;
    const refused: [FileSinkOptions<Row>, RegExp][] = [
      [wrong({ mode: 'replace' }), /mode "replace" does not exist/],
      [wrong({ partitionBy: ['state', 'state'] }), /"state" twice/],
      [wrong({ partitionBy: [''] }), /has no name/],
      [wrong({ maxPartRows: 0 }), /maxPartRows is 0/],
      [wrong({ maxPartRows: 1.5 }), /maxPartRows is 1.5/],
      [wrong({ maxPartBytes: 'much' }), /maxPartBytes/],
      [wrong({ maxOpenPartitions: -1 }), /maxOpenPartitions is -1/],
      [wrong({ store: () => undefined }), /a function.*customStore\(new URL/],
      [wrong({ partitionBy: 'state' }), /partitionBy/],
      [wrong({ single: 'yes' }), /single/],
      [wrong({ adopt: 'yes' }), /adopt/],
      [wrong({ takeOver: 1 }), /takeOver/],
      [wrong({ publish: 'link' }), /publish "link" does not exist; use swap or generations/],
      [{ adopt: true }, /adopt goes with publish: 'generations' only/],
      [{ keepGenerations: 3 }, /keepGenerations goes with publish: 'generations' only/],
      [{ keepGenerationsMs: 0 }, /keepGenerationsMs goes with publish: 'generations' only/],
      [{ publish: 'generations', keepGenerations: 0 }, /keepGenerations is 0; give a whole number from 1 on/],
      [
        { publish: 'generations', keepGenerationsMs: -1 },
        /keepGenerationsMs is -1; give a whole number from 0/,
      ],
      [{ mode: 'overwritePartitions' }, /"overwritePartitions" needs partitions.*partitionBy/],
      [{ replaces: [{ path: 'a', rows: 1, checksum: 'x' }] }, /replaces goes with mode "append" only/],
    ];
    for (const [options, message] of refused) {
      expect(() => sinkOf('out', options), String(message)).toThrow(PlanError);
      expect(() => sinkOf('out', options)).toThrow(message);
    }
  });

  it('refuses a format that is a function, showing the right form', () => {
    const wrong = (() => undefined) as unknown as ModuleRef;
    expect(() => fileSink('out', { name: 'x', format: wrong })).toThrow(
      /customFormat\(new URL\('.\/my-format.js'/,
    );
  });

  it('takes file URLs, and other URLs with a store for them or to be given one', () => {
    expect(sinkOf(pathToFileURL('/data/a b').href).target).toBe('/data/a b');
    expect(sinkOf('s3://bucket/routes').location).toMatchObject({ scheme: 's3', path: 's3://bucket/routes' });
    const store: ModuleRef = { url: 'file:///stores/s3.js', options: {} };
    expect(sinkOf('s3://bucket/routes/', { store }).location).toEqual({
      scheme: 's3',
      path: 's3://bucket/routes',
      kind: 'directory',
    });
    for (const path of ['s3://', 's3:///routes', 's3://bucket', 's3://bucket//']) {
      expect(() => sinkOf(path, { store }), path).toThrow(
        /names nothing in a store. Write s3:\/\/bucket\/path/,
      );
    }
  });

  it('refuses URLs with a user or a query, and does not tell them', () => {
    for (const path of [
      's3://key:secret@bucket/routes',
      's3://bucket/routes/?token=secret',
      's3://a:secret@b/r?x=1',
    ]) {
      expect(() => sinkOf(path), path).toThrow(PlanError);
      expect(() => sinkOf(path), path).not.toThrow(/secret@|token|x=1|=secret/);
    }
  });

  it('takes a URL of a store by its text: what a parser of URLs would cut off or change is part of the name', () => {
    for (const name of [
      'a#2',
      'a?',
      'a%23',
      'tab\ty',
      'a b',
      'a\\b',
      '[a]',
      '*',
      '日本',
      'a/../b',
      'line\nbreak',
    ]) {
      const sink = sinkOf(`s3://bucket/${name}`);
      expect([sink.location?.path, sink.target], name).toEqual([
        `s3://bucket/${name}`,
        `s3://bucket/${name}`,
      ]);
    }
  });

  it('takes for one file what has an extension at its end, where # and ? are part of names', () => {
    const kindOf = (path: string): string | undefined => sinkOf(path).location?.kind;
    expect(['s3://b/a#1/x.csv', 's3://b/x?.csv', 'out#1/x.csv'].map(kindOf)).toEqual([
      'file',
      'file',
      'file',
    ]);
    expect(['s3://b/x.csv#2', 'x.csv?2'].map(kindOf)).toEqual(['directory', 'directory']);
  });

  it('refuses what is no path', () => {
    for (const path of ['', '  ', 'a\0b', undefined]) {
      expect(() => sinkOf(path as string), JSON.stringify(path)).toThrow(PlanError);
    }
  });
});
