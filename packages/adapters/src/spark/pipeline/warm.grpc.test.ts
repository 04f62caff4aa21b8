// What the sink of Spark has a worker load ahead of its first write.
import { expect, it, vi } from 'vitest';
import module from './module.js';

const loaded = vi.hoisted(() => new Set<string>());
vi.mock('@grpc/grpc-js', (load) => {
  loaded.add('@grpc/grpc-js');
  return load();
});
vi.mock('@bufbuild/protobuf/wkt', (load) => {
  loaded.add('@bufbuild/protobuf/wkt');
  return load();
});

it('a worker that warms the sink of Spark loads the packages of the client, which nothing has loaded before', async () => {
  expect([...loaded]).toEqual([]);
  await module.warm?.();
  expect([...loaded].sort()).toEqual(['@bufbuild/protobuf/wkt', '@grpc/grpc-js']);
});
