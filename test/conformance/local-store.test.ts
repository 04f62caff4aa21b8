import { localStore } from '@tailrace/core/sink';
import { testStore } from '@tailrace/core/testing';
import { describe, it } from 'vitest';
import { localPlace } from './local-place.js';

testStore(
  { describe, it },
  {
    name: 'the local store',
    store: localStore(),
    place: (kind) => localPlace(kind === 'file' ? 'target.txt' : 'target'),
  },
);
