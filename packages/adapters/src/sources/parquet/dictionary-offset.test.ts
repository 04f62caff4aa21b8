import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readParquet } from './read-parquet.js';

/** `data/dict-page-offset-zero.parquet` of apache/parquet-testing, of the Apache License 2.0: written by Dremio. */
const file = `
UEFSMRUAFcQCFSwsFU4VABUGFQgAAKIBJAIAAABOARAGAAD+BAD+BABeBAAZEQIZGAQQBgAAGRgEEAYAABUCGRYAABkcFggVUBYA
AAAVAhksSARyb290FQIAFQIlAhgJbF9wYXJ0a2V5ABZOGRwZHCYIHBUCGTUACAYZGAlsX3BhcnRrZXkVAhZOFugCFlAmCCYAHBgE
EAYAABgEEAYAABYAKAQQBgAAGAQQBgAAABkcFQAVABUCACkcHBUAFcQCFSwsFU4VABUGFQgAABYsAAAWhgEVFBZYFS4AFugCFk4A
GTwYD2lzLmRhdGUuY29ycmVjdBgEdHJ1ZQAYF2RyZW1pby5hcnJvdy5zY2hlbWEuMi4xGLsBewogICJmaWVsZHMiIDogWyB7CiAg
ICAibmFtZSIgOiAibF9wYXJ0a2V5IiwKICAgICJudWxsYWJsZSIgOiB0cnVlLAogICAgInR5cGUiIDogewogICAgICAibmFtZSIg
OiAiaW50IiwKICAgICAgImJpdFdpZHRoIiA6IDMyLAogICAgICAiaXNTaWduZWQiIDogdHJ1ZQogICAgfSwKICAgICJjaGlsZHJl
biIgOiBbIF0KICB9IF0KfQAYDmRyZW1pby52ZXJzaW9uGCAzLjIuMC0yMDE5MDUxMDIwMDUzMzAzODItMDU5ODczMwAYZXBhcnF1
ZXQtbXIgdmVyc2lvbiAxLjEyLjAtMjAxODEyMjEwMzExMzYwMjg4LWE4NjI5M2YgKGJ1aWxkIGNlYzFhNDgzZTlkY2Q1NDVlMDkx
NzBhZTc4N2QzZGNiMTM3NDQ0MzMpGRwcAAAAJgIAAFBBUjE=`;

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tailrace-offset-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('reads a chunk without a dictionary whose writer noted one at the offset 0', async () => {
  const path = join(dir, 'x.parquet');
  writeFileSync(path, Buffer.from(file, 'base64'));
  const rows: unknown[] = [];
  for await (const chunk of readParquet(path).open(new AbortController().signal)) rows.push(...chunk);
  expect(rows).toEqual(Array.from({ length: 39 }, () => ({ l_partkey: 1552 })));
});
