// A sink around another one, in which something goes wrong once in each output: the worker ends, a call fails for now, the
// disk is full. Or it is slow with every batch.
import { existsSync, writeFileSync } from 'node:fs';
import { defineSink, type ModuleRef } from '@tailrace/core/sink';

export type SoakFault = 'exit' | 'throw' | 'disk full' | 'slow';

export interface SoakSinkOptions {
  readonly inner: ModuleRef;
  readonly fault: SoakFault;
  /** Path of a file that says that it has happened. */
  readonly mark: string;
}

/** The sink's own types are nobody's business here: what it gives is given back to it. */
type Inner = ReturnType<typeof defineSink<unknown, unknown, unknown>>;
const innerOf = async ({ inner }: SoakSinkOptions): Promise<Inner> =>
  // The default export of a sink's module, by contract.
  (await import(inner.url)).default as Inner;

async function strike({ fault, mark }: SoakSinkOptions): Promise<void> {
  if (fault === 'slow') return new Promise((resolve) => setTimeout(resolve, 5));
  if (existsSync(mark)) return;
  writeFileSync(mark, '');
  if (fault === 'exit') process.exit(5);
  if (fault === 'throw') throw new Error('the sink is out of order');
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}

export default defineSink<SoakSinkOptions, unknown, unknown>({
  name: 'soak',
  async begin(context) {
    const inner = await innerOf(context.options);
    return inner.begin({ ...context, options: context.options.inner.options });
  },
  async check(context) {
    const inner = await innerOf(context.options);
    await inner.check?.({ ...context, options: context.options.inner.options });
  },
  async open(context) {
    const { options } = context;
    const inner = await innerOf(options);
    const writer = await inner.open({ ...context, options: options.inner.options });
    return {
      async write(batch) {
        await strike(options);
        await writer.write(batch);
      },
      prepare: () => writer.prepare(),
      abort: () => writer.abort(),
    };
  },
  async commit(context) {
    const inner = await innerOf(context.options);
    return inner.commit({ ...context, options: context.options.inner.options });
  },
  async verify(context) {
    const inner = await innerOf(context.options);
    return inner.verify?.({ ...context, options: context.options.inner.options });
  },
  async abort(context) {
    const inner = await innerOf(context.options);
    await inner.abort({ ...context, options: context.options.inner.options });
  },
});
