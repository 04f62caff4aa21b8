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
  /** Texts that were given when it was written. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a list says of an object. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  /** When it was written, by the clock of the store, in milliseconds since 1970-01-01T00:00Z. */
  readonly writtenAtMs: number;
}

/** One page of a list. */
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

/** What a list says of an upload in parts that is under way. */
export interface ListedUpload extends Upload {
  /** By the clock of the store; undefined where it does not tell, as Azure: then nobody takes it for old. */
  readonly begunAtMs: number | undefined;
}

/** A part that the store has taken: its number, from 1 on, and what the store calls it. */
export interface Part {
  readonly number: number;
  readonly tag: string;
}

/** The checksum that a client sends with a part. It is made piece by piece while the part is gathered. */
export interface PartHash {
  update(piece: Uint8Array): void;
  /** As `putPart` takes it. Called once, at the end. */
  digest(): string;
}

/** One object to be written whole. */
export interface Put {
  readonly key: string;
  readonly body: Uint8Array;
  /** SHA-256 of the body in hexadecimal, from who has made it anyway. Default: a client that needs it makes it. */
  readonly sha256?: string | undefined;
  /** What `hashPart` gives for the body. Default: a client that needs it makes it. */
  readonly hash?: string | undefined;
  /** Default: written whatever is there. */
  readonly condition?: Condition | undefined;
  /** Texts that are kept with it. Default: none. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** An upload in parts whose parts are all there. */
export interface Completing {
  readonly upload: Upload;
  /** All of them, by number from 1 on. */
  readonly parts: readonly Part[];
  /** Default: completed whatever is there. */
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
  /** Writes an object whole; gives the tag of what was written. */
  put(put: Put, signal: AbortSignal): Promise<Answer<string>>;
  /** What is known of an object without reading it. */
  head(key: string, signal: AbortSignal): Promise<Answer<ObjectFacts>>;
  /** Reads an object, or a range of it, and gives the facts of what was read. */
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
  /** Removes an object; `done` also when there was none. */
  remove(key: string, signal: AbortSignal): Promise<Answer<undefined>>;
  /** Begins an upload in parts. Nothing of it is visible until it is completed. */
  beginUpload(
    key: string,
    metadata: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer<Upload>>;
  /** Begins the checksum of what is gathered, before it is a part; asks nothing of the store. Default: the client makes it of parts. */
  hashPart?(): PartHash;
  /**
   * Sends a part, numbered from 1 on. The same number again replaces it. Once it is `done`, the memory of the body is
   * used for another.
   * @param hash what `hashPart` gave for the body; the client makes it where it is left out
   */
  putPart(
    upload: Upload,
    number: number,
    body: Uint8Array,
    signal: AbortSignal,
    hash?: string,
  ): Promise<Answer<Part>>;
  /** Makes the parts one object, in their order; the upload is gone then. `absent`: it was before. */
  completeUpload(completing: Completing, signal: AbortSignal): Promise<Answer<string>>;
  /** Gives an upload up; `done` also when there is none. Nothing of it can become visible any more. */
  abortUpload(upload: Upload, signal: AbortSignal): Promise<Answer<undefined>>;
  /** Uploads under way whose key begins with the prefix, but for what `abortUpload` leaves as it is. */
  listUploads(prefix: string, signal: AbortSignal): Promise<Answer<readonly ListedUpload[]>>;
  /** Whether any part of an upload has arrived. `absent`: there is no such upload any more. */
  hasParts(upload: Upload, signal: AbortSignal): Promise<Answer<boolean>>;
}
