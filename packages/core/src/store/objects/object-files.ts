// Owns files of an object store as sources know them: any object, read in ranges for as long as it is the one that was
// opened, and lists of what there is.
import { ConflictError } from '../../errors/named-errors.js';
import type { StoredFile, StoreFiles } from '../../sink/store.js';
import { done, failedFor } from './object-error.js';
import { objectUrl, urlOfKey } from './object-keys.js';
import type { ObjectConnection } from './object-staging.js';
import { type Objects, objectsOf } from './objects.js';

/** Keys of one page, as many as stores give at once. */
const pageKeys = 1_000;

export function objectFiles<Options>(
  connect: (options: Options) => Promise<ObjectConnection>,
): StoreFiles<Options> {
  const objectsFor = async (
    options: Options,
    { path, container }: { readonly path: string; readonly container: string },
    signal: AbortSignal,
  ): Promise<Objects> => {
    const connection = await connect(options);
    const about = { path, output: 'source', isRead: true };
    return objectsOf({ client: connection.client(container), pace: connection.pace, about, signal });
  };
  return {
    async open({ options, path, signal }) {
      const { container, key } = objectUrl(path);
      return openObject(await objectsFor(options, { path, container }, signal), path, key);
    },
    async *list({ options, prefix, signal }) {
      const { root, container, key } = objectUrl(prefix);
      const objects = await objectsFor(options, { path: prefix, container }, signal);
      let next: string | undefined;
      do {
        signal.throwIfAborted();
        const from = { next, limit: pageKeys };
        const answer = await objects.call((client) => client.list(key, from, signal), { isRead: true });
        const page = done(answer, `list ${key}`, objects.about, signal);
        // What tools leave where they think of directories.
        const named = page.objects.filter((object) => !object.key.endsWith('/'));
        yield named.map((object) => ({ path: urlOfKey(root, object.key), bytes: object.bytes }));
        next = page.next;
      } while (next !== undefined);
    },
  };
}

async function openObject(objects: Objects, path: string, key: string): Promise<StoredFile | undefined> {
  const facts = key === '' ? undefined : await objects.head(key);
  if (facts === undefined) return undefined;
  const { bytes, tag } = facts;
  return {
    bytes,
    tag,
    async read(range, signal = objects.signal) {
      const { start, bytes: wanted } = range;
      if (wanted === 0) return new Uint8Array(0);
      const short = (found: number): Error =>
        failedFor(
          `${key} has ${found} bytes from ${start} on, and ${wanted} were wanted`,
          objects.about,
          'read file',
        );
      // Not asked for: a store's answer is the same for what has been replaced by something shorter.
      if (start + wanted > bytes) throw short(Math.max(0, bytes - start));
      const got = await objects.with(signal).getWithFacts(key, { start, bytes: wanted, tag });
      // A store that knows no such condition answers with what is there.
      if (got?.facts.tag !== tag) throw replaced(path);
      if (got.body.length === wanted) return got.body;
      throw short(got.body.length);
    },
  };
}

function replaced(path: string): ConflictError {
  return new ConflictError(`'${path}' was replaced or removed while it was read. Open it again.`, {
    operation: 'read file',
    context: { path },
  });
}
