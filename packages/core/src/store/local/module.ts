// Owns the local store as a module: what the main thread and the workers load. It adds the machine to the store.
import { defineStore, type StoreDefinition } from '../../sink/store.js';
import { nodeFileSystem } from './file-system.js';
import type { LocalStaging, LocalStoreOptions } from './local-staging.js';
import { localStore } from './local-store.js';
import { machineLeases } from './machine-leases.js';
import { promptFileSystem } from './prompt-file-system.js';

const definition: StoreDefinition<LocalStoreOptions, LocalStaging> = defineStore(
  localStore({ fs: nodeFileSystem, promptFs: promptFileSystem, leases: machineLeases() }),
);

export default definition;
