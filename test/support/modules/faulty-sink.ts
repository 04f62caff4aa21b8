// A sink that misbehaves on demand: rows go to a staged file as JSON lines, and the options say what goes wrong, when.
// Tries are counted in files, because the worker that counts may be gone at the next one.
import { openSync } from 'node:fs';
import { appendFile, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Batch, defineSink } from '@tailrace/core/sink';

export type Fault =
  | { readonly kind: 'none' }
  /** Throws on the first `times` attempts of every write. */
  | { readonly kind: 'throw'; readonly times: number }
  /** Ends the worker with `process.exit` on the first `times` attempts. */
  | { readonly kind: 'exit'; readonly times: number }
  /** Rejects outside of any call. */
  | { readonly kind: 'stray'; readonly times: number }
  /** Never answers, and takes no notice of its signal. */
  | { readonly kind: 'hang'; readonly times: number }
  /** Runs for ever without giving the thread back. */
  | { readonly kind: 'loop'; readonly times: number }
  /** Ends the worker when everything is on stable storage, before it can say so. */
  | { readonly kind: 'exit-prepared'; readonly times: number }
  /** Calls the system in a way that does not return before somebody opens the other end of the pipe. */
  | { readonly kind: 'block'; readonly times: number; readonly pipe: string }
  /** Keeps this many bytes of buffers per batch, for ever. */
  | { readonly kind: 'hoard'; readonly bytes: number }
  /** Takes this long for every batch. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Keeps every batch until `prepare` and reads it only then. */
  | { readonly kind: 'keep' }
  /** Says it has written one row less than it was given. */
  | { readonly kind: 'short' };

export interface FaultyOptions {
  readonly path: string;
  readonly fault: Fault;
}

const hoard: Uint8Array[] = [];

const staging = (path: string, runId: string): string =>
  join(dirname(path), `.${basename(path)}.stage-${runId}`);

export default defineSink<FaultyOptions, string, string>({
  name: 'faulty',
  async begin({ options, runId }) {
    const dir = staging(options.path, runId);
    await mkdir(dir, { recursive: true });
    return { skip: false, staging: dir };
  },
  async open({ options, staging: dir, write, attempt }) {
    const { fault } = options;
    const file = join(dir, `part-${write}-${attempt}.ndjson`);
    let rows = 0;
    await writeFile(file, '', { flag: 'wx' });
    const strike = async (): Promise<void> => {
      if (fault.kind === 'none' || fault.kind === 'short' || fault.kind === 'keep') return;
      if (fault.kind === 'hoard') {
        hoard.push(new Uint8Array(fault.bytes).fill(1));
        return;
      }
      if (fault.kind === 'slow') {
        await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
        return;
      }
      const tries = (await readdir(dir)).filter(
        (name) => name.startsWith(`part-${write}-`) || name.startsWith(`try-${write}-`),
      );
      if (tries.length > fault.times) return;
      await writeFile(join(dir, `try-${write}-${attempt}`), '');
      if (fault.kind === 'throw') throw new Error('the sink is out of order');
      if (fault.kind === 'exit' || fault.kind === 'exit-prepared') process.exit(3);
      if (fault.kind === 'block') openSync(fault.pipe, 'r');
      if (fault.kind === 'stray') void Promise.reject(new Error('nobody awaits this'));
      if (fault.kind === 'loop') for (;;);
      await new Promise(() => {});
    };
    const kept: Batch<unknown>[] = [];
    const append = async (batch: Batch<unknown>): Promise<void> => {
      let text = '';
      for (const row of batch.toRows()) {
        text += `${JSON.stringify(row)}\n`;
        rows += 1;
      }
      await appendFile(file, text);
    };
    return {
      async write(batch) {
        if (fault.kind !== 'exit-prepared') await strike();
        if (fault.kind === 'keep') kept.push(batch.retain());
        else await append(batch);
      },
      async prepare() {
        for (const batch of kept) {
          await append(batch);
          batch.release();
        }
        if (fault.kind === 'exit-prepared') {
          const handle = await open(file);
          await handle.sync();
          await handle.close();
          await strike();
        }
        const told = fault.kind === 'short' ? rows - 1 : rows;
        return { rows: told, bytes: 0, files: [], part: file };
      },
      async abort() {
        await rm(file, { force: true });
      },
    };
  },
  async commit({ options, staging: dir, prepared }) {
    const parts = prepared.map(({ part }) => part);
    for (const name of await readdir(dir)) if (!parts.includes(join(dir, name))) await rm(join(dir, name));
    await rename(dir, options.path);
    return { rows: prepared.reduce((sum, { rows }) => sum + rows, 0), bytes: 0, files: prepared.length };
  },
  async abort({ staging: dir }) {
    await rm(dir, { recursive: true, force: true });
  },
});
