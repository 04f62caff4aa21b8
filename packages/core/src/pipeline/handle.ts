// Owns the handles that a declaration works with, and which declaration each belongs to. Handles carry no behaviour.
import type { Observable } from 'rxjs';

declare const item: unique symbol;

/** Stands for what a source, a stage, a combine or a hold emits. Made by `flow`, good for that pipeline only. */
export interface Stage<out T> {
  /** Type-level only. */
  readonly [item]: () => T;
}

declare const written: unique symbol;

/** Stands for a declared output. Made by `flow.write`. */
export interface OutputRef {
  readonly name: string;
  /** Type-level only. */
  readonly [written]: true;
}

/** The streams a join gets for the handles `I`. */
export type Streams<I extends readonly Stage<unknown>[]> = {
  [K in keyof I]: I[K] extends Stage<infer T> ? Observable<T> : never;
};

interface Owned {
  /** The declaration that made the handle; compared by identity. */
  readonly declaration: object;
  readonly pipeline: string;
  readonly node: string;
}

const owned = new WeakMap<object, Owned>();

export function createHandle<T>(of: Owned): Stage<T> {
  // The only property of a handle exists for the type checker alone.
  const handle = Object.freeze({}) as Stage<T>;
  owned.set(handle, of);
  return handle;
}

/** What a handle stands for; undefined for anything that no `flow` has made. */
export function ownerOf(handle: unknown): Owned | undefined {
  return typeof handle === 'object' && handle !== null ? owned.get(handle) : undefined;
}

/** The handle of an output; which declaration it is good for, that declaration knows. */
export function createOutputRef(name: string): OutputRef {
  // The other property exists for the type checker alone.
  return Object.freeze({ name }) as OutputRef;
}
