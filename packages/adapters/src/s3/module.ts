// Owns S3 as a module: what the main thread and the workers load. It adds the SDK to the protocol of object stores.

import { type ObjectStaging, objectStore } from '@tailrace/core/objects';
import { defineStore, type StoreDefinition } from '@tailrace/core/sink';
import { connectS3 } from './connect.js';
import type { S3Settings } from './settings.js';

const definition: StoreDefinition<S3Settings, ObjectStaging> = defineStore(
  objectStore<S3Settings>({ name: 's3', connect: connectS3 }),
);

export default definition;
