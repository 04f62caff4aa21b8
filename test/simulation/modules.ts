// Owns how the real file sink, the real local store and a format of lines are found under URLs, as in a worker: modules
// that pass every call on to what is registered for the thread that calls.

import { isTailraceError } from '../../packages/core/src/errors/tailrace-error.js';
import fileSinkModule from '../../packages/core/src/sink/file/module.js';
import type { FileSinkSettings } from '../../packages/core/src/sink/file/settings.js';
import { defineFormat, type Encoder, type FormatDefinition } from '../../packages/core/src/sink/format.js';
import { loadModule, type ModuleKind } from '../../packages/core/src/sink/load.js';
import { defineSink, type SinkDefinition } from '../../packages/core/src/sink/sink.js';
import { defineStore, type StoreDefinition, type StoreGroup } from '../../packages/core/src/sink/store.js';
import type { LocalStaging, LocalStoreOptions } from '../../packages/core/src/store/local/local-store.js';
import type { ToWorker } from '../../packages/core/src/wire/messages.js';
import type { LocalStore } from './process.js';
import type { SimRow } from './rows.js';

interface SimThread {
  readonly name: string;
  readonly isInline: boolean;
  /** Dies now, by itself. */
  die(how: string): void;
}

/** What a caller of the modules has, under the name that its options bear. */
export interface Registered {
  readonly store: LocalStore;
  readonly thread: SimThread | undefined;
  /** Told of the main thread's half of the sink. */
  readonly watch?: SinkWatch | undefined;
}

export interface SinkWatch {
  /** A resumed job has asked what is published, and what an earlier run left there is repaired. */
  looked(output: string): void;
  begun(output: string): void;
  placed(output: string, place: string): void;
  deciding(places: readonly string[]): void;
  decided(outcome: 'decided' | 'not decided' | 'unknown'): void;
  committing(output: string): void;
  committed(output: string, runId: string): void;
}

/** Options of the store in simulated sinks. */
export interface AddressedStore extends LocalStoreOptions {
  readonly at: string;
}

/** Options of the format in simulated sinks: which rows do harm. */
export interface AddressedLines {
  readonly at: string;
  /** The thread that encodes this row dies of it, every time. */
  readonly deadlyRow: number | undefined;
  /** The encoder throws at this row, every time. */
  readonly poisonRow: number | undefined;
  /** The encoder throws at this row in the first so many attempts. */
  readonly flakyRow: number | undefined;
  readonly flakyUntil: number;
  /** Holds all rows back until the file ends. */
  readonly gathers: boolean;
}

const registered = new Map<string, Registered>();

export const register = (at: string, what: Registered): void => void registered.set(at, what);
export const unregister = (at: string): void => void registered.delete(at);
export const forgetAll = (): void => registered.clear();

function find(at: string): Registered {
  const found = registered.get(at);
  if (found === undefined) throw new Error(`nobody is registered as ${at}`);
  return found;
}

const never = new Promise<never>(() => undefined);

const storeOf = (options: LocalStoreOptions): LocalStore | undefined =>
  // These options are made by `sinkOf` only.
  registered.get((options as AddressedStore).at)?.store;

/** Of the main thread only, which is there as long as its process. */
function groupOf(options: LocalStoreOptions): StoreGroup<LocalStoreOptions, LocalStaging> {
  const group = storeOf(options)?.group;
  if (group === undefined) throw new Error('nobody is registered who knows groups');
  return group;
}

const store: LocalStore = defineStore<LocalStoreOptions, LocalStaging>({
  name: 'local',
  supports: ['overwritePartitions', 'generations'],
  // Whoever is gone waits for ever: a dead thread gets no answers.
  published: (context) => storeOf(context.options)?.published?.(context) ?? never,
  begin: (context) => storeOf(context.options)?.begin(context) ?? never,
  createFile: (context) => storeOf(context.options)?.createFile(context) ?? never,
  removeFile: (context) => storeOf(context.options)?.removeFile(context) ?? never,
  commit: (context) => storeOf(context.options)?.commit(context) ?? never,
  verify: (context) => storeOf(context.options)?.verify(context) ?? never,
  abort: (context) => storeOf(context.options)?.abort(context) ?? never,
  group: {
    kind: 'local',
    place: (context) => groupOf(context.options).place(context),
    open: (context) => groupOf(context.options).open(context),
    prepare: (context) => groupOf(context.options).prepare(context),
    decide: (context) => groupOf(context.options).decide(context),
  },
});

const format: FormatDefinition<AddressedLines> = defineFormat<AddressedLines>({
  name: 'lines',
  extension: () => '.jsonl',
  check: () => undefined,
  open({ options, out }): Encoder {
    const { at, deadlyRow, poisonRow, flakyRow, flakyUntil, gathers } = options;
    const flaky = flakiness.get(at.split('/')[0] ?? at);
    const kept: string[] = [];
    let rows = 0;
    let bytes = 0;
    return {
      get encodedBytes() {
        return bytes;
      },
      write(batch) {
        const lines: string[] = [];
        // Rows of a simulated run: the schema is `rowSchema`, perhaps without its partition column.
        for (const row of batch.toRows() as Iterable<SimRow>) {
          if (row.n === deadlyRow) find(at).thread?.die('death by a row');
          if (row.n === poisonRow) throw new Error(`row ${row.n} breaks the encoder`);
          if (row.n === flakyRow && flaky !== undefined && flaky.failed < flakyUntil) {
            flaky.failed += 1;
            throw Object.assign(new Error(`row ${row.n} breaks the encoder this time`));
          }
          lines.push(`${JSON.stringify(row)}\n`);
          rows += 1;
        }
        const text = lines.join('');
        bytes += text.length;
        if (!gathers) return out.write(Buffer.from(text));
        kept.push(text);
      },
      async finish() {
        if (kept.length > 0) await out.write(Buffer.from(kept.join('')));
        return { rows };
      },
      abort: () => undefined,
    };
  },
});

/** How often the flaky rows of a process have failed. */
const flakiness = new Map<string, { failed: number }>();
export const resetFlakiness = (process: string): void => void flakiness.set(process, { failed: 0 });

const fileSink = fileSinkModule;
const watchOf = (options: FileSinkSettings): SinkWatch | undefined =>
  // The store's options are made by `sinkOf` only.
  registered.get((options.store.options as AddressedStore).at)?.watch;

const sink: SinkDefinition<FileSinkSettings, unknown, undefined> = defineSink({
  name: 'file',
  async begin(context) {
    const begun = await fileSink.begin(context);
    if (!begun.skip) watchOf(context.options)?.begun(context.output);
    return begun;
  },
  async published(context) {
    const found = await fileSink.published?.(context);
    watchOf(context.options)?.looked(context.output);
    return found ?? [];
  },
  check: (context) => fileSink.check?.(context),
  open: (context) => fileSink.open(context),
  async commit(context) {
    watchOf(context.options)?.committing(context.output);
    const committed = await fileSink.commit(context);
    watchOf(context.options)?.committed(context.output, context.runId);
    return committed;
  },
  async verify(context) {
    const committed = await fileSink.verify?.(context);
    if (committed !== undefined) watchOf(context.options)?.committed(context.output, context.runId);
    return committed;
  },
  abort: (context) => fileSink.abort(context),
  async group(options) {
    const half = await fileSink.group?.(options);
    const watch = watchOf(options);
    return (
      half && {
        ...half,
        place(context) {
          const place = half.place(context);
          watch?.placed(context.output, place);
          return place;
        },
        async decide(context) {
          watch?.deciding(context.group.places);
          try {
            await half.decide(context);
            watch?.decided('decided');
          } catch (error) {
            const isUnknown = isTailraceError(error) && error.context.decision === 'unknown';
            watch?.decided(isUnknown ? 'unknown' : 'not decided');
            throw error;
          }
        },
      }
    );
  },
});

const shared = Symbol.for('tailrace.simulation');
Object.assign(globalThis, { [shared]: { sink, store, format } });

const urlOf = (kind: ModuleKind): string =>
  `data:text/javascript,export default globalThis[Symbol.for('tailrace.simulation')].${kind}`;

export const moduleUrls = { sink: urlOf('sink'), store: urlOf('store'), format: urlOf('format') } as const;

/** Imports the modules, which takes real time: once, before the first world. */
export async function loadModules(): Promise<void> {
  for (const kind of ['sink', 'store', 'format'] as const) {
    await loadModule<SinkDefinition & FormatDefinition & StoreDefinition>(
      { url: moduleUrls[kind], options: undefined },
      // One of the three is what each of the URLs holds.
      kind as never,
    );
  }
}

/** A message to a worker, its sink's modules addressed to that worker: the copy that crosses to a real one. */
export function withAddress(message: ToWorker, at: string): ToWorker {
  if (message.type !== 'attempt.start') return message;
  const { spec } = message;
  // Sinks of simulated runs are made by `sinkOf` only.
  const settings = spec.sink.options as FileSinkSettings;
  const options: FileSinkSettings = {
    ...settings,
    store: { ...settings.store, options: { kind: 'local', at } },
    format: { ...settings.format, options: { ...(settings.format.options as AddressedLines), at } },
  };
  return { ...message, spec: { ...spec, sink: { ...spec.sink, options } } };
}
