// Owns what is at a target of an object store, as a reader finds it who knows only docs/decisions/0017-object-stores.md.
import type { StorePlace } from '@tailrace/core/testing';

/** Calls on the bucket of the tests, by the SDK alone. */
export interface Bucket {
  list(prefix: string): Promise<readonly string[]>;
  read(key: string): Promise<Uint8Array | undefined>;
  /** Undefined when there is nothing. */
  stageOf(key: string): Promise<{ readonly stage: string | undefined } | undefined>;
  uploads(prefix: string): Promise<readonly string[]>;
  remove(keys: readonly string[]): Promise<void>;
}

interface VersionFile {
  readonly path: string;
  readonly object: string;
}
interface VersionText {
  readonly oldest: number;
  readonly manifest: { readonly files: readonly VersionFile[] } | null;
}

export function storePlace(
  path: string,
  key: string,
  kind: 'file' | 'directory',
  bucket: Bucket,
): StorePlace {
  const slash = key.lastIndexOf('/') + 1;
  const home =
    kind === 'directory' ? `${key}/_tailrace/` : `${key.slice(0, slash)}_tailrace/${key.slice(slash)}/`;

  const versions = async (): Promise<readonly VersionText[]> => {
    const texts: VersionText[] = [];
    for (const at of await bucket.list(`${home}versions/`)) {
      const body = await bucket.read(at);
      // Of the test's own making.
      if (body !== undefined) texts.push(JSON.parse(Buffer.from(body).toString()) as VersionText);
    }
    return texts;
  };
  const where = async (): Promise<Map<string, string>> => {
    if (kind === 'file') return new Map((await bucket.stageOf(key)) === undefined ? [] : [['.', key]]);
    const [newest] = await versions();
    return new Map(
      (newest?.manifest?.files ?? []).map(({ path: file, object }) => [file, `${key}/${object}`]),
    );
  };

  return {
    path,
    files: async () => [...(await where()).keys()].sort(),
    async read(file) {
      const body = await bucket.read((await where()).get(file) ?? 'nowhere');
      if (body === undefined) throw new Error(`${file} is named and is not there`);
      return body;
    },
    async leftovers() {
      const named = new Set((await where()).values());
      for (const { manifest } of kind === 'directory' ? await versions() : []) {
        for (const { object } of manifest?.files ?? []) named.add(`${key}/${object}`);
      }
      const stage = kind === 'file' ? (await bucket.stageOf(key))?.stage : undefined;
      const keys = await bucket.list(home);
      const left = keys.filter(
        (at) =>
          !named.has(at) && !at.startsWith(`${home}versions/`) && at !== `${home}manifests/${stage}.json`,
      );
      return [
        ...left,
        ...(await bucket.uploads(home)),
        ...(kind === 'file' ? await bucket.uploads(key) : []),
      ];
    },
    async dispose() {
      await bucket.remove([...(await bucket.list(home)), ...(kind === 'file' ? [key] : [])]);
    },
  };
}
