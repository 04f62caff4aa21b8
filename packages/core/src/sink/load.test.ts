import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { FormatDefinition } from './format.js';
import { loadModule } from './load.js';
import type { SinkDefinition } from './sink.js';
import type { StoreDefinition } from './store.js';

const moduleOf = (code: string) => ({ url: `data:text/javascript,${encodeURIComponent(code)}`, options: {} });
const format = `export default { name: 'f', extension: () => '.f', check() {}, open() {} }`;

describe('loadModule', () => {
  it('gives the same definition for every reference to one URL', async () => {
    const first = await loadModule<FormatDefinition>(moduleOf(format), 'format');
    expect(first.name).toBe('f');
    expect(await loadModule<FormatDefinition>({ ...moduleOf(format), options: { other: 1 } }, 'format')).toBe(
      first,
    );
  });

  it('says what is wrong with a default export, and what to write', async () => {
    const refused: [string, RegExp][] = [
      ['export const sink = {}', /has no default export/],
      ['export default () => ({})', /has a function as its default export/],
      ['export default null', /has a null/],
      ['export default { begin() {} }', /without a name/],
      [`export default { name: 's', begin() {}, abort() {} }`, /without open\(\), commit\(\)/],
      [
        `export default { name: 's', begin() {}, open() {}, commit() {}, abort() {}, verify: true }`,
        /verify is not a function/,
      ],
    ];
    for (const [code, message] of refused) {
      const loading = loadModule<SinkDefinition>(moduleOf(code), 'sink');
      await expect(loading, code).rejects.toMatchObject({ code: 'MODULE_INVALID', status: 'permanent' });
      await expect(loading).rejects.toThrow(message);
      await expect(loading).rejects.toThrow(/Write export default defineSink\(\{/);
    }
  });

  it('names the package that has to be installed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tailrace-load-'));
    try {
      const file = join(directory, 'store.mjs');
      await writeFile(file, "import 'tailrace-no-such-peer/deep'; export default {};");
      const loading = loadModule<StoreDefinition>({ url: pathToFileURL(file).href, options: {} }, 'store');
      await expect(loading).rejects.toMatchObject({ code: 'MODULE_INVALID' });
      await expect(loading).rejects.toThrow(/Run npm install tailrace-no-such-peer\.$/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('tells the kinds apart', async () => {
    await expect(loadModule<StoreDefinition>(moduleOf(format), 'store')).rejects.toThrow(/without begin\(\)/);
  });

  it('says that TypeScript must be built, and passes on why a module failed', async () => {
    const missing = { url: 'file:///nowhere/my-sink.ts', options: {} };
    await expect(loadModule<SinkDefinition>(missing, 'sink')).rejects.toThrow(/build the module first/);
    const throwing = moduleOf(`throw new Error('no driver installed')`);
    await expect(loadModule<SinkDefinition>(throwing, 'sink')).rejects.toThrow(/no driver installed/);
  });
});
