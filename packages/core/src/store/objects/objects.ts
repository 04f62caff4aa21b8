// Owns the calls on one bucket as the protocol makes them: in step with the whole store, and as values
// or errors that name the target.
import type {
  Answer,
  ByteRange,
  Completing,
  ListedObject,
  ObjectClient,
  ObjectFacts,
  Put,
} from './object-client.js';
import { type About, answerError, done, valueIfThere } from './object-error.js';
import type { Pace } from './pace.js';

/** Keys of one list, as many as stores give at once: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
const pageKeys = 1_000;

export interface ObjectsInit {
  readonly client: ObjectClient;
  readonly pace: Pace;
  readonly about: About;
  readonly signal: AbortSignal;
  /** The store has told of a call how it ended. */
  readonly onAnswer?: (() => void) | undefined;
}

/** How a write ended of which it must be known: `unknown` means that only a look can tell. */
export type WriteEnd = 'done' | 'taken' | 'gone' | 'unknown';

/** The end of a write, and the answer that it was read from, to tell of if a look does not help. */
export interface Decided {
  readonly end: WriteEnd;
  readonly answer: Answer<unknown>;
}

export interface CallKind {
  /** May be made twice. Default true. */
  readonly isRepeatable?: boolean | undefined;
  /** Changes nothing. Default false. */
  readonly isRead?: boolean | undefined;
}

export interface Objects {
  readonly client: ObjectClient;
  readonly about: ObjectsInit['about'];
  readonly signal: AbortSignal;
  /** Any call of the client, in step. */
  call<T>(make: (client: ObjectClient) => Promise<Answer<T>>, kind?: CallKind): Promise<Answer<T>>;
  head(key: string): Promise<ObjectFacts | undefined>;
  get(key: string, range?: ByteRange): Promise<Uint8Array | undefined>;
  /** The same, with what is known of the object that it is of; undefined, too, when that has not the tag of the range. */
  getWithFacts(
    key: string,
    range?: ByteRange,
  ): Promise<{ readonly body: Uint8Array; readonly facts: ObjectFacts } | undefined>;
  text(key: string): Promise<string | undefined>;
  list(prefix: string, limit?: number): Promise<readonly ListedObject[]>;
  remove(key: string): Promise<void>;
  /** Writes an object that nothing else writes, so that writing it twice does no harm. */
  write(key: string, text: string): Promise<void>;
  /** Writes on a condition. Throws when it was certainly not done. */
  decide(put: Put): Promise<Decided>;
  /** Completes an upload on a condition. Throws when it was certainly not done. */
  complete(completing: Completing): Promise<Decided>;
  /** Waits before a step is taken again, the longer the more rounds there were. Rejects with the reason of the signal. */
  pause(round: number): Promise<void>;
  /** The same calls with another signal. @param onAnswer the store has told of a call how it ended */
  with(signal: AbortSignal, onAnswer?: () => void): Objects;
}

export function objectsOf(init: ObjectsInit): Objects {
  const { client, pace, about, signal, onAnswer } = init;
  const call: Objects['call'] = async (make, { isRepeatable = true, isRead = false } = {}) => {
    const answer = await pace.call(() => make(client), { isRepeatable, isRead, signal });
    if (answer.kind !== 'ambiguous') onAnswer?.();
    return answer;
  };
  const read = { isRead: true } as const;
  const once = { isRepeatable: false } as const;
  const getWithFacts: Objects['getWithFacts'] = async (key, range) => {
    const answer = await call((client) => client.get(key, range, signal), read);
    return answer.kind === 'precondition' ? undefined : valueIfThere(answer, `read ${key}`, about, signal);
  };
  const get: Objects['get'] = async (key, range) => (await getWithFacts(key, range))?.body;
  return {
    client,
    about,
    signal,
    call,
    get,
    getWithFacts,
    head: async (key) =>
      valueIfThere(await call((client) => client.head(key, signal), read), `look at ${key}`, about, signal),
    text: async (key) => {
      const body = await get(key);
      return body === undefined ? undefined : new TextDecoder().decode(body);
    },
    async list(prefix, limit) {
      const found: ListedObject[] = [];
      let next: string | undefined;
      do {
        const options = { next, limit: limit === undefined ? undefined : Math.min(limit, pageKeys) };
        const answer = await call((client) => client.list(prefix, options, signal), read);
        const page = done(answer, `list ${prefix}`, about, signal);
        found.push(...page.objects);
        next = page.next;
      } while (next !== undefined && (limit === undefined || found.length < limit));
      return found;
    },
    remove: async (key) =>
      done(await call((client) => client.remove(key, signal)), `remove ${key}`, about, signal),
    async write(key, text) {
      const body = new TextEncoder().encode(text);
      done(await call((client) => client.put({ key, body }, signal)), `write ${key}`, about, signal);
    },
    decide: async (put) => {
      const answer = await call((client) => client.put(put, signal), once);
      return { end: endOf(answer, `write ${put.key}`, init), answer };
    },
    complete: async (completing) => {
      const answer = await call((client) => client.completeUpload(completing, signal), once);
      return { end: endOf(answer, `complete the upload to ${completing.upload.key}`, init), answer };
    },
    pause: (round) => pace.pause(round, signal),
    with: (other, onAnswerOfIt) => objectsOf({ ...init, signal: other, onAnswer: onAnswerOfIt }),
  };
}

/** What is known of a write that depends on a condition. */
function endOf(
  answer: Answer<unknown>,
  step: string,
  { about, signal }: Pick<ObjectsInit, 'about' | 'signal'>,
): WriteEnd {
  switch (answer.kind) {
    case 'done':
      return 'done';
    case 'precondition':
      return 'taken';
    case 'absent':
      return 'gone';
    case 'ambiguous':
      return 'unknown';
    case 'throttled':
      if (!answer.isCertain) return 'unknown';
      throw answerError(answer, step, about);
    case 'refused':
      signal.throwIfAborted();
      throw answerError(answer, step, about);
  }
}
