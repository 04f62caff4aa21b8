// Owns the shape of making another frame by a relation, for what is given out beside the frame itself.
import type { Relations } from '../protocol/relation.js';

/** `F` is the frame that comes out. */
export type Derive<F> = <K extends keyof Relations>(name: K, value: Relations[K]) => F;
