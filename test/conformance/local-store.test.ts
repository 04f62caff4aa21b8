// The suite that every store must pass, over the local one in both ways of publishing.
import { localStore } from '@tailrace/core/sink';
import { testStore } from '@tailrace/core/testing';
import { describe, it } from 'vitest';
import { localPlace } from './local-place.js';

for (const publish of ['swap', 'generations'] as const) {
  testStore(
    { describe, it },
    {
      name: `the local store, publishing by ${publish},`,
      store: localStore(),
      publish,
      supports: ['overwritePartitions', 'generations', 'replaces'],
      place: (kind) => localPlace(kind === 'file' ? 'target.txt' : 'target'),
    },
  );
}
