// Owns the contract of a client of an object store: single calls, each of which says exactly what is known of its end. It retries
// nothing and decides nothing; that is the protocol's.

/** What a conditional write depends on: that nothing has the key, or that what has it is of this tag. */
export type Condition = { readonly kind: 'absent' } | { readonly kind: 'tag'; readonly tag: string };

/**
 * How a call ended.
 * - `done`: carried out, and seen by every later call.
 * - `precondition`: not carried out, since its condition does not hold. After an ambiguous end of an earlier try it may be
 *   that one which is in the way.
 * - `absent`: there is no such object or upload.
 * - `throttled`: not carried out, since the store is asked for too much (429, 503) or has failed (500); ask less, later.
 *   A write may have been carried out all the same when `isCertain` is false.
 * - `ambiguous`: no answer, or one that cannot be read: it may have been carried out, or may be yet.
 * - `refused`: not carried out, and would not be if it were asked again (no permission, no such bucket).
 */
export type Answer<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'precondition' }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'throttled';
      readonly cause: unknown;
      readonly isCertain: boolean;
      readonly afterMs?: number | undefined;
    }
  | { readonly kind: 'ambiguous'; readonly cause: unknown }
  | { readonly kind: 'refused'; readonly cause: unknown };

/** What is known of an object without its content. */
export interface ObjectFacts {
  readonly bytes: number;
  /** Another one for every other content; what `Condition` compares. */
  readonly tag: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  /** When it was written, by the clock of the store, in milliseconds since 1970-01-01T00:00Z. */
  readonly writtenAtMs: number;
}

export interface ListedObjects {
  readonly objects: readonly ListedObject[];
  /** For the next call; absent when there are no more. */
  readonly next: string | undefined;
}

/** An upload in parts that is under way: plain data, also for another process. */
export interface Upload {
  readonly key: string;
  readonly id: string;
}

export interface ListedUpload extends Upload {
  /** By the clock of the store; undefined where it does not tell, as Azure: then nobody takes it for old. */
  readonly begunAtMs: number | undefined;
}

/** A part that the store has taken: its number, from 1 on, and what the store calls it. */
export interface Part {
  readonly number: number;
  readonly tag: string;
}

export interface Put {
  readonly key: string;
  readonly body: Uint8Array;
  readonly condition?: Condition | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface Completing {
  readonly upload: Upload;
  readonly parts: readonly Part[];
  readonly condition?: Condition | undefined;
  /** The same that the upload was begun with. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A part of an object, from `start` on; fewer bytes where it ends before. */
export interface ByteRange {
  readonly start: number;
  readonly bytes: number;
  /** Of the object of this tag alone: `precondition` when another one has the key, also one that ends before the range. */
  readonly tag?: string | undefined;
}

/**
 * One bucket or container. Every call settles within a time of the client's own, or when its signal is aborted, then as
 * `ambiguous`; it rejects for mistakes of its own code alone. Reads see what was written before (strong consistency),
 * lists included, in the order of keys. Calls come from several threads, each with a client of its own, and many at once.
 */
export interface ObjectClient {
  /** Fewest bytes of a part that is not the last one, and most parts of an upload. */
  readonly limits: { readonly minPartBytes: number; readonly maxParts: number };
  /** The tag of what was written. */
  put(put: Put, signal: AbortSignal): Promise<Answer<string>>;
  head(key: string, signal: AbortSignal): Promise<Answer<ObjectFacts>>;
  get(
    key: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<Answer<{ readonly body: Uint8Array; readonly facts: ObjectFacts }>>;
  /** At most `limit` keys that begin with the prefix, smallest first. */
  list(
    prefix: string,
    options: { readonly next?: string | undefined; readonly limit?: number | undefined },
    signal: AbortSignal,
  ): Promise<Answer<ListedObjects>>;
  /** `done` also when there was none. */
  remove(key: string, signal: AbortSignal): Promise<Answer<undefined>>;
  /** Nothing is visible until it is completed. */
  beginUpload(
    key: string,
    metadata: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer<Upload>>;
  /** The same number again replaces the part. Once it is `done`, the memory of the body is used for another. */
  putPart(upload: Upload, number: number, body: Uint8Array, signal: AbortSignal): Promise<Answer<Part>>;
  /** Makes the parts one object, in their order; the upload is gone then. `absent`: it was before. */
  completeUpload(completing: Completing, signal: AbortSignal): Promise<Answer<string>>;
  /** `done` also when there is none. Nothing of it can become visible any more. */
  abortUpload(upload: Upload, signal: AbortSignal): Promise<Answer<undefined>>;
  /** Those whose key begins with the prefix, but for what `abortUpload` leaves as it is. */
  listUploads(prefix: string, signal: AbortSignal): Promise<Answer<readonly ListedUpload[]>>;
}
