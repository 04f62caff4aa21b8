// docs/errors.md lists what every errno means; UPDATE_DOCS=1 writes its table again.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errnos, isDiskFull } from './errno.js';
import { errorCodes, toTailraceError } from './tailrace-error.js';

const doc = fileURLToPath(new URL('../../../../docs/errors.md', import.meta.url));

function compare(name: string, lines: readonly string[]): void {
  const text = readFileSync(doc, 'utf8');
  const section = new RegExp(`(<!-- table:${name} -->)[\\s\\S]*?(<!-- end -->)`);
  expect(text).toMatch(section);
  const table = lines.join('\n');
  if (process.env.UPDATE_DOCS === '1')
    writeFileSync(
      doc,
      text.replace(section, () => `<!-- table:${name} -->\n${table}\n<!-- end -->`),
    );
  else expect(section.exec(text)?.[0]).toContain(table);
}

describe('docs/errors.md', () => {
  it('lists every errno with its status and what to do', () => {
    const rows = Array.from(errnos, ([errno, { status, advice }]) => `| ${errno} | ${status} | ${advice}. |`);
    compare('errnos', ['| errno | status | what to do |', '| --- | --- | --- |', ...rows]);
  });

  it('lists every code with its status', () => {
    const rows = Object.entries(errorCodes).map(([code, status]) => `| ${code} | ${status} |`);
    compare('codes', ['| code | status, unless the error says otherwise |', '| --- | --- |', ...rows]);
  });
});

describe('an errno', () => {
  it.each([
    ['ENOSPC', 'temporary'],
    ['EDQUOT', 'temporary'],
    ['EIO', 'temporary'],
    ['EMFILE', 'temporary'],
    ['ENFILE', 'temporary'],
    ['ENOMEM', 'temporary'],
    ['EAGAIN', 'temporary'],
    ['EBUSY', 'temporary'],
    ['ETIMEDOUT', 'temporary'],
    ['ECONNRESET', 'temporary'],
    ['EROFS', 'permanent'],
    ['EACCES', 'permanent'],
    ['EPERM', 'permanent'],
    ['ENOENT', 'permanent'],
    ['ENAMETOOLONG', 'permanent'],
    ['EFBIG', 'permanent'],
  ])('%s is %s, in whatever it is wrapped', (errno, status) => {
    const failed = Object.assign(new Error(`${errno}: it failed`), { code: errno });
    const init = { code: 'SINK_FAILED', operation: 'write' } as const;
    const wrapped = [
      failed,
      new Error('outer', { cause: failed }),
      new AggregateError([new Error('a'), failed]),
    ];
    for (const error of wrapped) {
      expect(toTailraceError(error, 'Writing failed', init)).toMatchObject({ status, context: { errno } });
    }
  });

  it('says that a disk is full when it is ENOSPC or EDQUOT, and no other does', () => {
    expect([...errnos.keys(), undefined].filter(isDiskFull)).toEqual(['ENOSPC', 'EDQUOT']);
  });
});
