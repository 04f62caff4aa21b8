// Owns the public entry for authors of stores on object stores: a client of single calls in, a whole store out.
export type { Owner } from '../local/owner.js';
export { createLanes, type Lane, type Lanes, type StartTimer } from './lanes.js';
export type { SetDeadline } from './last-calls.js';
export type {
  Answer,
  ByteRange,
  Completing,
  Condition,
  ListedObject,
  ListedObjects,
  ListedUpload,
  ObjectClient,
  ObjectFacts,
  Part,
  PartHash,
  Put,
  Upload,
} from './object-client.js';
export type { ObjectConnection, ObjectStaging } from './object-staging.js';
export { type ObjectStoreInit, objectStore } from './object-store.js';
export { createPace, type Pace, type PacedCall, type PaceOptions } from './pace.js';
export { type SweepOptions, sweepStore } from './sweep-store.js';
export type { Leftover } from './sweeper.js';
