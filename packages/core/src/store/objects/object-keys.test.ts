import { expect, it } from 'vitest';
import { fileSink } from '../../sink/file/file-sink.js';
import { memoryBucket } from './memory-objects.js';
import { objectPlace, objectUrl, urlOfKey } from './object-keys.js';
import { processOn, stageRun, sweepOn } from './objects-bench.js';

/** As they are written in a URL, and the key that is named. */
const names: readonly (readonly [string, string])[] = [
  ['loss#2', 'loss#2'],
  ['loss?', 'loss?'],
  ['q?uery', 'q?uery'],
  ['a%23b', 'a#b'],
  ['a%3Fb=c', 'a?b=c'],
  ['100%25', '100%'],
  ['tab\ty', 'tab\ty'],
  [' a b ', ' a b '],
  ['back\\slash', 'back\\slash'],
  ['br[a]*', 'br[a]*'],
  ['日本', '日本'],
];

it('a sink, a reader, a sweep and the reported target mean the same key', async () => {
  for (const [written, key] of names) {
    const path = `memory://bucket/odd/${written}`;
    const { location, target } = fileSink(path, {
      name: 'text',
      format: { url: 'file:///app/format.js', options: {} },
    });
    expect(target, written).toBe(path);
    for (const text of [location?.path ?? '', target, path]) {
      expect(objectPlace({ path: text, kind: 'directory' }).key, written).toBe(`odd/${key}`);
      expect(objectUrl(text).key, written).toBe(`odd/${key}`);
    }
    expect(objectUrl(urlOfKey('memory://bucket/', `odd/${key}`)).key).toBe(`odd/${key}`);
  }
});

it('what is written to an odd name is read and swept there, and nowhere else', async () => {
  for (const [written, key] of names) {
    const bucket = memoryBucket();
    const store = processOn(bucket, { isDead: true });
    const { location } = fileSink(`memory://bucket/odd/${written}`, {
      name: 'text',
      format: { url: 'file:///app/format.js', options: {} },
    });
    const target = {
      path: location?.path ?? '',
      kind: 'directory',
      mode: 'error',
      output: 'odd',
    } as const;
    const { context, manifest } = await stageRun(store, { ...target, runId: 'one' }, { 'a.txt': 'one' });
    await store.commit({ ...context, manifest });
    await stageRun(store, { ...target, mode: 'append', runId: 'two' }, { 'b.txt': 'left' });
    for (const at of bucket.stored.keys()) expect(at.startsWith(`odd/${key}/_tailrace/`), at).toBe(true);
    const path = `memory://bucket/odd/${written}`;
    const opened = await store.open?.({
      options: {},
      target: { path, kind: 'directory' },
      signal: new AbortController().signal,
    });
    expect(
      opened?.manifest.files.map((file) => file.path),
      written,
    ).toEqual(['a.txt']);
    const swept = await sweepOn(bucket, { path, kind: 'directory' });
    expect(swept.length, written).toBeGreaterThan(0);
  }
});
