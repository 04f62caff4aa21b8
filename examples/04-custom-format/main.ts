// Owns the example as a program: a table in a format of our own, with the staging and committing of every file sink.
import { readFile } from 'node:fs/promises';
import {
  customFormat,
  defineSchema,
  dictionary,
  files,
  fromIterable,
  int32,
  nullable,
  pipeline,
  type Sink,
  utf8,
} from '@tailrace/core';
import type { MarkdownOptions } from './formats/markdown-table.js';

/** Writes a Markdown table, replacing one that is there. */
function markdown<R>(path: string, options: MarkdownOptions = { nullText: '–' }): Sink<R> {
  return files<R>(path, customFormat(new URL('./formats/markdown-table.js', import.meta.url), options), {
    mode: 'overwrite',
  });
}

const mills = [
  { mill: 'Windmill Lane', kind: 'flour', wheels: 2, note: null },
  { mill: 'Lower Forge', kind: 'iron', wheels: 4, note: 'two wheels | two hammers' },
];
const schema = defineSchema({ mill: utf8(), kind: dictionary(), wheels: int32(), note: nullable(utf8()) });

const path = process.argv[2] ?? 'out/mills.md';
const flow = pipeline('mills', (flow) => {
  flow.write('mills', flow.source('mills', fromIterable(mills), { schema }), markdown(path));
});
await flow.run({ workers: 1 }).completed;
console.log(await readFile(path, 'utf8'));
