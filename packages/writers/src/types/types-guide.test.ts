// docs/guides/types.md says what becomes of every type in every format; UPDATE_DOCS=1 writes its tables again.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { seenTypes } from '../testing/seen-types.js';
import { guideTables } from '../testing/types-guide.js';
import { typeTable } from './type-table.js';

const guide = fileURLToPath(new URL('../../../../docs/guides/types.md', import.meta.url));
const sections = /<!-- table:(.+?) -->\n([\s\S]*?)<!-- end -->/g;

describe('docs/guides/types.md', () => {
  let tables: ReadonlyMap<string, readonly string[]> = new Map();

  beforeAll(async () => {
    tables = guideTables(await seenTypes());
    if (process.env.UPDATE_DOCS !== '1') return;
    const text = readFileSync(guide, 'utf8');
    writeFileSync(
      guide,
      text.replace(
        sections,
        (_, name: string) => `<!-- table:${name} -->\n${(tables.get(name) ?? []).join('\n')}\n<!-- end -->`,
      ),
    );
  }, 60_000);

  it('has a table for each format, and the matrix', () => {
    const named = Array.from(readFileSync(guide, 'utf8').matchAll(sections), ([, name]) => name);
    expect(named).toEqual(['matrix', ...Object.keys(typeTable)]);
  });

  it.each(['matrix', ...Object.keys(typeTable)])('says of %s what the table of types says', (name) => {
    const [, , text = ''] =
      Array.from(readFileSync(guide, 'utf8').matchAll(sections)).find(([, section]) => section === name) ??
      [];
    expect(text.trimEnd().split('\n')).toEqual(tables.get(name));
  });
});
