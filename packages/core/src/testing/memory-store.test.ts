// The double that the unit tests of the file sink stand on keeps the contract: the suite of stores says so.
import { describe, it } from 'vitest';
import { type MemoryStore, memoryStore } from '../sink/file/memory-store.js';
import type { StoreDefinition } from '../sink/store.js';
import { testStore } from './test-store.js';

// A module can hold no reference to a test's double: it finds it by the path of the target.
let targets = 0;
const stores = new Map<string, MemoryStore>();
const of = (path: string): StoreDefinition => {
  const store = stores.get(path);
  if (store === undefined) throw new RangeError(`There is no store at ${path}.`);
  return store.definition;
};
const definition: StoreDefinition = {
  name: 'memory',
  begin: (context) => of(context.target.path).begin(context),
  createFile: (context) => of(context.target.path).createFile(context),
  removeFile: (context) => of(context.target.path).removeFile(context),
  commit: (context) => of(context.target.path).commit(context),
  verify: (context) => of(context.target.path).verify(context),
  abort: (context) => of(context.target.path).abort(context),
};
Object.assign(globalThis, { tailraceMemoryStore: definition });
const url = 'data:text/javascript,export default globalThis.tailraceMemoryStore';

testStore(
  { describe, it },
  {
    name: 'the store in memory',
    store: { url, options: {} },
    exclusive: false,
    append: false,
    crash: false,
    async place() {
      targets += 1;
      const path = `/memory/target-${targets}`;
      const store = memoryStore();
      stores.set(path, store);
      return {
        path,
        files: async () => [...store.published.keys()].sort(),
        read: async (file) => Buffer.from(store.published.get(file) ?? ''),
        leftovers: async () => [...store.staged.keys()],
        async dispose() {
          stores.delete(path);
        },
      };
    },
  },
);
