// A sink around another one, whose worker ends once after every write was put on stable storage, before it can say so.
import { existsSync, writeFileSync } from 'node:fs';
import { defineSink, type ModuleRef } from '@tailrace/core/sink';

export interface ExitOnceOptions {
  readonly inner: ModuleRef;
  /** Directory for marks of what has happened. */
  readonly marks: string;
}

/** The sink's own types are nobody's business here: what it gives is given back to it. */
type Inner = ReturnType<typeof defineSink<unknown, unknown, unknown>>;
const innerOf = async ({ inner }: ExitOnceOptions): Promise<Inner> =>
  // The default export of a sink's module, by contract.
  (await import(inner.url)).default as Inner;

export default defineSink<ExitOnceOptions, unknown, unknown>({
  name: 'exit-once',
  async begin(context) {
    const inner = await innerOf(context.options);
    return inner.begin({ ...context, options: context.options.inner.options });
  },
  async check(context) {
    const inner = await innerOf(context.options);
    await inner.check?.({ ...context, options: context.options.inner.options });
  },
  async open(context) {
    const { options, write } = context;
    const inner = await innerOf(options);
    const writer = await inner.open({ ...context, options: options.inner.options });
    return {
      write: (batch) => writer.write(batch),
      async prepare() {
        const prepared = await writer.prepare();
        const mark = `${options.marks}/write-${write}`;
        if (existsSync(mark)) return prepared;
        writeFileSync(mark, prepared.files.map(({ path }) => path).join('\n'));
        process.exit(5);
      },
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
