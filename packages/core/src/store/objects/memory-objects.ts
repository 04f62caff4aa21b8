// Owns a bucket in memory for tests: strict about conditions, and with a fault wherever a test wants one.
import { createHash } from 'node:crypto';
import type {
  Answer,
  Condition,
  ListedObject,
  ObjectClient,
  ObjectFacts,
  Part,
  Upload,
} from './object-client.js';

interface Stored {
  readonly body: Uint8Array;
  readonly facts: ObjectFacts;
  readonly writtenAtMs: number;
}

interface PartsUnderWay {
  readonly upload: Upload;
  readonly parts: Map<number, Uint8Array>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * What happens to a call instead of its answer. `before`: cut off on the way there. `after`: on the way back. `late`:
 * cut off, and carried out once so many other calls were. `twice`: delivered twice, and the second answer is what
 * comes. `slow down`: refused. `never`: the process dies before it, and nothing of it goes on. `died`: the call is
 * carried out, and its process is gone.
 */
export type CallFault =
  | 'before'
  | 'after'
  | { readonly late: number }
  | 'twice'
  | 'slow down'
  | 'never'
  | 'died';

export type CallName = keyof Omit<ObjectClient, 'limits' | 'hashPart'>;

export interface MemoryBucket {
  readonly stored: ReadonlyMap<string, Stored>;
  readonly uploads: ReadonlyMap<string, PartsUnderWay>;
  /** @param faultOf asked before each call of this client, by its number from 1 on */
  client(faultOf?: (call: number, name: CallName, key: string) => CallFault | undefined): ObjectClient;
}

const lost: Answer<never> = { kind: 'ambiguous', cause: new Error('the connection was reset') };
const slowDown: Answer<never> = { kind: 'throttled', cause: new Error('SlowDown'), isCertain: true };

export function memoryBucket(
  limits: ObjectClient['limits'] = { minPartBytes: 1, maxParts: 10_000 },
  /** By its own clock, in milliseconds. Default: every write takes one. */
  now?: () => number,
): MemoryBucket {
  const stored = new Map<string, Stored>();
  const uploads = new Map<string, PartsUnderWay>();
  const late: { calls: number; readonly carryOut: () => unknown }[] = [];
  let ids = 0;
  let time = 0;

  const holds = (key: string, condition: Condition | undefined): boolean => {
    const there = stored.get(key);
    if (condition === undefined) return true;
    return condition.kind === 'absent' ? there === undefined : there?.facts.tag === condition.tag;
  };
  const store = (
    key: string,
    body: Uint8Array,
    metadata: Readonly<Record<string, string>>,
  ): Answer<string> => {
    time += 1;
    const tag = createHash('md5').update(body).update(JSON.stringify(metadata)).digest('hex');
    const own = new Uint8Array(body);
    stored.set(key, { body: own, facts: { bytes: own.length, tag, metadata }, writtenAtMs: now?.() ?? time });
    return done(tag);
  };

  return {
    stored,
    uploads,
    client(faultOf = () => undefined) {
      let calls = 0;
      let isDead = false;
      const answer = async <T>(name: CallName, key: string, act: () => Answer<T>): Promise<Answer<T>> => {
        // A call is a turn of the event loop at least, so that runs at once mix.
        await new Promise((resolve) => setImmediate(resolve));
        calls += 1;
        for (const one of late) one.calls -= 1;
        for (const one of late.filter(({ calls }) => calls <= 0)) {
          late.splice(late.indexOf(one), 1);
          one.carryOut();
        }
        const fault = isDead ? 'never' : faultOf(calls, name, key);
        switch (fault) {
          case undefined:
            return act();
          case 'before':
            return lost;
          case 'after':
            act();
            return lost;
          case 'twice':
            act();
            return act();
          case 'slow down':
            return slowDown;
          case 'never':
          case 'died':
            isDead = true;
            if (fault === 'died') act();
            return new Promise(() => undefined);
          default:
            late.push({ calls: fault.late, carryOut: act });
            return lost;
        }
      };
      return {
        limits,
        put: ({ key, body, condition, metadata = {} }) => {
          const sent = new Uint8Array(body);
          return answer('put', key, () =>
            holds(key, condition) ? store(key, sent, metadata) : { kind: 'precondition' },
          );
        },
        head: (key) => answer('head', key, () => there(stored.get(key)?.facts)),
        get: (key, range) =>
          answer('get', key, () => {
            const object = stored.get(key);
            if (object === undefined) return { kind: 'absent' };
            const { body, facts } = object;
            if (range === undefined) return done({ body: body.slice(), facts });
            if (range.tag !== undefined && range.tag !== facts.tag) return { kind: 'precondition' };
            if (range.start >= body.length)
              return { kind: 'refused', cause: new Error('InvalidRange (416)') };
            return done({ body: body.slice(range.start, range.start + range.bytes), facts });
          }),
        list: (prefix, { next, limit = 3 }) =>
          answer('list', prefix, () => {
            const keys = [...stored.keys()]
              .filter((key) => key.startsWith(prefix) && key > (next ?? ''))
              .sort();
            const page = keys.slice(0, limit);
            const objects: ListedObject[] = page.map((key) => ({
              key,
              bytes: stored.get(key)?.facts.bytes ?? 0,
              writtenAtMs: stored.get(key)?.writtenAtMs ?? 0,
            }));
            return done({ objects, next: keys.length > page.length ? page.at(-1) : undefined });
          }),
        remove: (key) =>
          answer('remove', key, () => {
            stored.delete(key);
            return done(undefined);
          }),
        beginUpload: (key, metadata) =>
          answer('beginUpload', key, () => {
            ids += 1;
            const upload = { key, id: `upload-${ids}` };
            uploads.set(upload.id, { upload, parts: new Map(), metadata });
            return done(upload);
          }),
        putPart: (upload, number, body) => {
          const sent = new Uint8Array(body);
          return answer('putPart', upload.key, () => {
            const under = uploads.get(upload.id);
            if (under === undefined) return { kind: 'absent' };
            under.parts.set(number, sent);
            return done({ number, tag: createHash('md5').update(sent).digest('hex') });
          });
        },
        completeUpload: ({ upload, parts, condition, metadata }) =>
          answer('completeUpload', upload.key, () => {
            const under = uploads.get(upload.id);
            if (under === undefined) return { kind: 'absent' };
            if (!holds(upload.key, condition)) return { kind: 'precondition' };
            const body = bodyOf(under, parts);
            if (body === undefined) return { kind: 'refused', cause: new Error('InvalidPart') };
            uploads.delete(upload.id);
            return store(upload.key, body, metadata);
          }),
        abortUpload: (upload) =>
          answer('abortUpload', upload.key, () => {
            uploads.delete(upload.id);
            return done(undefined);
          }),
        listUploads: (prefix) =>
          answer('listUploads', prefix, () => {
            const found = [...uploads.values()].filter(({ upload }) => upload.key.startsWith(prefix));
            return done(found.map(({ upload }) => ({ ...upload, begunAtMs: 0 })));
          }),
        hasParts: (upload) =>
          answer('hasParts', upload.key, () => {
            const under = uploads.get(upload.id);
            return under === undefined ? { kind: 'absent' } : done(under.parts.size > 0);
          }),
      };
    },
  };
}

function bodyOf({ parts }: PartsUnderWay, wanted: readonly Part[]): Uint8Array | undefined {
  const bodies = wanted.map(({ number, tag }) => {
    const body = parts.get(number);
    return body !== undefined && createHash('md5').update(body).digest('hex') === tag ? body : undefined;
  });
  return bodies.every((body) => body !== undefined) ? Buffer.concat(bodies) : undefined;
}

function done<T>(value: T): Answer<T> {
  return { kind: 'done', value };
}

function there<T>(value: T | undefined): Answer<T> {
  return value === undefined ? { kind: 'absent' } : done(value);
}
