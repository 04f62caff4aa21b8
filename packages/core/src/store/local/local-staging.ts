// Owns the types of what the local store hands out when an output begins.
import type { Place } from './place.js';

/** The local store has no options of its own. */
export interface LocalStoreOptions {
  readonly kind: 'local';
}

/** Where an output is staged. Plain data, so that workers can create files there. */
export interface LocalStaging {
  readonly place: Place;
}
