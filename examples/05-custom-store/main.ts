// Owns the example as a program: one table written twice through a store of our own, which keeps both versions.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { customStore, defineSchema, fromIterable, int32, pipeline, utf8 } from '@tailrace/core';
import { csv } from '@tailrace/writers';
import { readVersion } from './stores/versions.js';

const path = resolve(process.argv[2] ?? 'out/mills');
const store = customStore(new URL('./stores/versioned-store.js', import.meta.url), undefined);
const schema = defineSchema({ mill: utf8(), wheels: int32() });

async function write(wheels: number): Promise<void> {
  const mills = [{ mill: 'Lower Forge', wheels }];
  const flow = pipeline('mills', (flow) => {
    const source = flow.source('mills', fromIterable(mills), { schema });
    flow.write('mills', source, csv(path, { store, mode: 'overwrite' }));
  });
  await flow.run({ workers: 1 }).completed;
}

await write(2);
await write(4);
const { number } = await readVersion(path);
for (const each of [number, number - 1]) {
  const { files } = await readVersion(path, each);
  const texts = await Promise.all(files.map(({ at }) => readFile(join(path, at), 'utf8')));
  console.log(`version ${each}: ${texts.join('').trimEnd().split('\n').slice(1).join(' ')}`);
}
