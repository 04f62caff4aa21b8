// Owns how a file sink gets the store of its URL: given with the sink, or by whoever runs it, chosen by the scheme.
import { PlanError } from '../../errors/named-errors.js';
import type { ModuleRef } from '../module-ref.js';
import type { Sink } from '../sink.js';

/** A store for the URLs of a scheme, as `s3()` and `azureBlob()` give it. */
export interface StoreOfScheme extends ModuleRef {
  /** `s3` for `s3://bucket/path`. */
  readonly scheme: string;
  /** Memory that each open file may hold until it is sent, in bytes. */
  readonly bytesPerFile: number;
  /** Memory of what one thread is sending at once, in bytes. */
  readonly bytesInFlight: number;
  /** The same store with smaller parts and fewer of them at once where they are not declared, the largest first. Default none. */
  readonly leaner?: readonly StoreOfScheme[] | undefined;
}

/** Sinks whose store is not known yet, and how each is made once it is. In this process only: what crosses has its store. */
const awaiting = new WeakMap<object, (store: ModuleRef) => Sink<never>>();
/** How sinks are made again that take less memory, in this process, too. */
const resizing = new WeakMap<object, (leanness: number) => Sink<never>>();

export function isStoreOfScheme(ref: ModuleRef): ref is StoreOfScheme {
  return 'scheme' in ref && 'bytesPerFile' in ref && 'bytesInFlight' in ref;
}

/** What stands for a store until there is one. */
export function awaitedStore(scheme: string): ModuleRef {
  return { url: `node:store-for-${scheme}`, options: {} };
}

export function awaitStore<R>(sink: Sink<R>, make: (store: ModuleRef) => Sink<R>): Sink<R> {
  // Row types are a matter of declarations, which are over when a store is found.
  awaiting.set(sink, make as (store: ModuleRef) => Sink<never>);
  return sink;
}

/** @param make gives the sink as it is for a leanness of its sizes, from 0 on */
export function resizable<R>(make: (leanness: number) => Sink<R>): Sink<R> {
  const sink = make(0);
  // Row types are a matter of declarations, which are over when a budget is looked at.
  resizing.set(sink, make as (leanness: number) => Sink<never>);
  return sink;
}

/**
 * The sink with sizes that take less memory, where its declaration leaves them open. A resumed job knows it as the same one.
 * @param leanness from 0 to `leanest`
 */
export function leanSink(sink: Sink<never>, leanness: number): Sink<never> {
  return resizing.get(sink)?.(leanness) ?? sink;
}

/**
 * The sink with its store. Throws a PlanError when none of the stores has its scheme, or more than one.
 * @param output its name, for the message
 */
export function withStore(sink: Sink<never>, stores: readonly StoreOfScheme[], output: string): Sink<never> {
  const make = awaiting.get(sink);
  if (make === undefined) return sink;
  const scheme = sink.location?.scheme ?? '';
  const context = { operation: 'run pipeline', context: { output, target: sink.target } };
  const store = onlyStore(stores, scheme, `Output "${output}" (${sink.target})`, context);
  if (store !== undefined) return make(store);
  throw new PlanError(
    `Output "${output}" goes to ${sink.target}, and no store for ${scheme} was given. Name it where it is run, as in ` +
      `run({ stores: [s3()] }), or give the sink its own: { store: s3() }.`,
    context,
  );
}

/**
 * The store of a scheme; undefined when there is none.
 * @param who needs it, at the beginning of the sentence
 * @throws PlanError when there are several: which of them is meant nobody can tell
 */
export function onlyStore(
  stores: readonly StoreOfScheme[],
  scheme: string,
  who: string,
  about: ConstructorParameters<typeof PlanError>[1],
): StoreOfScheme | undefined {
  const [store, second] = stores.filter((one) => one.scheme === scheme);
  if (second === undefined) return store;
  throw new PlanError(
    `${who} could go to several stores for ${scheme}: stores may have one of each scheme. Give what needs another one its own, ` +
      'as in { store: s3() } of a sink or { stores: [s3()] } of a source.',
    about,
  );
}
