// Owns Azure Blob as a module: what the main thread and the workers load. It adds the SDK to the protocol of object stores.
import { type ObjectStaging, objectStore } from '@tailrace/core/objects';
import { defineStore, type StoreDefinition } from '@tailrace/core/sink';
import { connectAzure } from './connect.js';
import type { AzureSettings } from './settings.js';

const definition: StoreDefinition<AzureSettings, ObjectStaging> = defineStore(
  objectStore<AzureSettings>({ name: 'azure-blob', connect: connectAzure, refusedSigns: '\\' }),
);

export default definition;
