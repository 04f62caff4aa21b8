import { describe, expect, it } from 'vitest';
import type { Dialect, FormatDefinition } from '../format.js';
import type { StoreDefinition } from '../store.js';
import { type FileSinkOptions, fileSink } from './file-sink.js';
import { type TestRow, testSchema } from './file-sink-fixtures.js';
import { linesFormat } from './lines-format.js';
import { memoryStore } from './memory-store.js';
import fileSinkModule from './module.js';
import { preparedOf } from './prepared.js';
import type { FileSinkSettings } from './settings.js';

const slot = 'tailrace.module-abilities.test';
const world = globalThis as typeof globalThis & Record<string, unknown>;
const shelf: Record<string, unknown> = {};
world[slot] = shelf;

/** A module that gives this, as a worker would load it. */
function moduleOf(definition: StoreDefinition | FormatDefinition): { url: string; options: object } {
  const name = `m${Object.keys(shelf).length}`;
  shelf[name] = definition;
  return { url: `data:text/javascript,export default globalThis['${slot}'].${name}`, options: {} };
}

function outputOf(
  options: FileSinkOptions<TestRow>,
  { store = memoryStore().definition, format = linesFormat as FormatDefinition } = {},
) {
  const sink = fileSink<TestRow>('/out/routes', {
    name: 'lines',
    format: moduleOf(format),
    store: moduleOf(store),
    ...options,
  });
  return {
    runId: 'r1',
    output: 'routes',
    // fileSink puts its settings there; the contract does not know their type.
    options: sink.module.options as FileSinkSettings,
    schema: testSchema,
    staging: { store: { runId: 'r1' }, notes: [] },
    signal: new AbortController().signal,
  };
}
const replaces = [{ path: 'a.jsonl', rows: 2, checksum: 'sha256:a' }];

describe('a store that does not say it can', () => {
  it.each<readonly [string, FileSinkOptions<TestRow>, RegExp]>([
    ['replace partitions', { mode: 'overwritePartitions', partitionBy: ['p'] }, /mode "overwritePartitions"/],
    ['keep generations', { publish: 'generations' }, /publish: "generations"/],
    ['replace files', { mode: 'append', replaces }, /files that are replaced/],
  ])('%s is not asked to', async (_, options, message) => {
    const begins: string[] = [];
    const store = memoryStore();
    store.fault = (step) => begins.push(step);
    const refused = fileSinkModule.begin(outputOf(options, { store: store.definition }));
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    expect(begins).toEqual([]);
  });

  it('tell what is published takes no part in a resumed job, and the message says how', async () => {
    const refused = fileSinkModule.published?.(outputOf({}));
    await expect(refused).rejects.toThrow(/does not tell what is published at \/out\/routes.*without resume/);
  });
});

describe('a dialect', () => {
  const withDialect = (dialect: unknown): FormatDefinition => ({
    ...(linesFormat as FormatDefinition),
    // What JavaScript may give.
    dialect: () => dialect as Dialect,
  });

  it.each<readonly [string, unknown, RegExp]>([
    [
      'of a number',
      { separator: ';', columns: 3 },
      /The format lines cannot be used: its dialect says 3 of "columns"/,
    ],
    ['of null', { separator: null }, /says null of "separator"/],
    ['of what is nested', { quotes: { text: true } }, /says an object of "quotes"/],
    ['that is a list', ['separator'], /its dialect is an array/],
    ['that is a promise', Promise.resolve({}), /its dialect is an object \(a promise\)/],
    ['that is nothing', undefined, /its dialect is undefined/],
    ['that is too long', { text: 'x'.repeat(5_000) }, /has 5011 bytes, and manifests have room for 4096/],
    ['of characters that JSON escapes', { text: '\u0001'.repeat(1_000) }, /has 6011 bytes/],
  ])('%s is refused before the store is asked for anything', async (_, dialect, message) => {
    const begins: string[] = [];
    const store = memoryStore();
    store.fault = (step) => begins.push(step);
    const output = outputOf({}, { store: store.definition, format: withDialect(dialect) });
    const refused = fileSinkModule.begin(output);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    expect(begins).toEqual([]);
  });

  it('that changes when it is asked again stands in the manifest as it was looked at', async () => {
    const committed: unknown[] = [];
    const store: StoreDefinition = {
      ...memoryStore().definition,
      commit: async ({ manifest }) => void committed.push(manifest.dialect),
    };
    let asked = 0;
    const dialect = {
      get separator() {
        asked += 1;
        return asked === 1 ? ';' : 5;
      },
    };
    await fileSinkModule.commit({ ...outputOf({}, { store, format: withDialect(dialect) }), prepared: [] });
    expect(committed).toEqual([{ separator: ';' }]);
    expect(asked).toBe(1);
  });

  it('of texts and flags stands in the manifest', async () => {
    const committed: unknown[] = [];
    const store: StoreDefinition = {
      ...memoryStore().definition,
      commit: async ({ manifest }) => void committed.push(manifest.dialect),
    };
    const dialect = { separator: ';', header: true };
    const output = outputOf({}, { store, format: withDialect(dialect) });
    await fileSinkModule.commit({ ...output, prepared: [] });
    expect(committed).toEqual([dialect]);
  });
});

describe('an extension that is none', () => {
  it('is refused before a file is created: a format does not choose the directory', async () => {
    const store = memoryStore();
    const format: FormatDefinition = { ...(linesFormat as FormatDefinition), extension: () => '/../x' };
    const opened = fileSinkModule.open({
      ...outputOf({}, { store: store.definition, format }),
      write: 0,
      attempt: 1,
    });
    await expect(opened).rejects.toMatchObject({ code: 'MODULE_INVALID' });
    expect(store.created).toEqual([]);
  });
});

describe('files that stand for others', () => {
  it('are not published when they hold fewer rows', async () => {
    const store = memoryStore();
    const able: StoreDefinition = { ...store.definition, supports: ['replaces'] };
    const output = outputOf({ mode: 'append', replaces }, { store: able });
    const prepared = [
      preparedOf('routes', 1, [{ path: 'b.jsonl', rows: 1, bytes: 9, checksum: 'sha256:b' }]),
    ];
    await expect(fileSinkModule.commit({ ...output, prepared })).rejects.toThrow(/1 rows fewer/);
    expect(store.manifest).toBeUndefined();
  });
});
