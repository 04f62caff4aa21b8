import { expect, it } from 'vitest';
import { fileSink } from './file-sink.js';
import { type StoreOfScheme, withStore } from './store-of-scheme.js';

const store: StoreOfScheme = {
  url: 'file:///app/store.js',
  options: { region: 'here' },
  scheme: 's3',
  bytesPerFile: 100,
  bytesInFlight: 1_000,
};
const init = { name: 'text', format: { url: 'file:///app/format.js', options: {} } } as const;
const storeOf = (sink: { readonly module: { readonly options: unknown } }): unknown => sink.module.options;

it('a sink of a URL gets the store of its scheme from whoever runs it', () => {
  const sink = fileSink<never>('s3://bucket/routes', init);
  const found = withStore(sink, [{ ...store, scheme: 'az' }, store], 'routes');
  expect(storeOf(found)).toMatchObject({ store: { url: store.url, options: store.options } });
  expect(found.location).toEqual({ scheme: 's3', path: 's3://bucket/routes', kind: 'directory' });
});

it('without a store of its scheme the run is refused, and told what to write', () => {
  const sink = fileSink<never>('s3://bucket/routes', init);
  expect(() => withStore(sink, [{ ...store, scheme: 'az' }], 'routes')).toThrow(
    'Output "routes" goes to s3://bucket/routes, and no store for s3 was given. Name it where it is run',
  );
});

it('two stores of one scheme are refused, as nobody can tell which of them is meant', () => {
  const sink = fileSink<never>('s3://bucket/routes', init);
  const stores = [store, { ...store, options: { region: 'there' } }];
  expect(() => withStore(sink, stores, 'routes')).toThrow(
    'Output "routes" (s3://bucket/routes) could go to several stores for s3',
  );
  const other = fileSink<never>('az://bucket/routes', init);
  expect(() => withStore(other, [...stores, { ...store, scheme: 'az' }], 'routes')).not.toThrow();
});

it('local sinks and those with a store of their own keep what they have', () => {
  for (const sink of [fileSink<never>('out/a', init), fileSink<never>('s3://bucket/a', { ...init, store })]) {
    expect(withStore(sink, [], 'a')).toBe(sink);
  }
});

it('the memory of uploads is part of what an attempt reserves', () => {
  const reserved = (path: string, options: object): number =>
    fileSink<{ p: string }>(path, { ...init, reserveBytes: 10, partitionBufferBytes: 7, ...options })
      .reserveBytes;
  expect(reserved('out/a', {})).toBe(10);
  expect(reserved('s3://bucket/a', { store })).toBe(10 + 1_000 + 100);
  expect(reserved('s3://bucket/a', { store, partitionBy: ['p'] })).toBe(10 + 7 + 1_000 + 8 * 100);
  expect(reserved('s3://bucket/a', { store, partitionBy: ['p'], maxOpenPartitions: 20 })).toBe(
    10 + 7 + 1_000 + 2_000,
  );
});
