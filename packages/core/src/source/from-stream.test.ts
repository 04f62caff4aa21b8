import { PassThrough, Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { describe, expect, it } from 'vitest';
import { fromStream } from './from-stream.js';
import { readAll } from './test-rig.js';

const never = new AbortController().signal;

function webStream<T>(elements: readonly T[], onCancel: () => void = () => {}): ReadableStream<T> {
  const left = [...elements];
  return new ReadableStream<T>({
    pull(controller) {
      const element = left.shift();
      if (element === undefined) controller.close();
      else controller.enqueue(element);
    },
    cancel: onCancel,
  });
}

describe('fromStream', () => {
  it('reads a Node stream in object mode, anew at every open', async () => {
    const source = fromStream<number>(() => Readable.from([1, 2, 3]));
    expect(await readAll(source)).toEqual([1, 2, 3]);
    expect(await readAll(source)).toEqual([1, 2, 3]);
  });

  it('reads a web stream', async () => {
    expect(await readAll(fromStream(() => webStream([1, 2, 3])))).toEqual([1, 2, 3]);
  });

  it('takes elements as chunks when told so', async () => {
    const node = fromStream<number>(() => Readable.from([[1, 2], [3]]), { elements: 'chunk' });
    const web = fromStream(() => webStream([[1, 2], [3]]), { elements: 'chunk' });
    expect(await readAll(node)).toEqual([1, 2, 3]);
    expect(await readAll(web)).toEqual([1, 2, 3]);
  });

  it('says so when an element declared a chunk is none', async () => {
    const source = fromStream<number>(() => Readable.from([1, 2]), { name: 'mixed', elements: 'chunk' });
    await expect(readAll(source)).rejects.toThrow(
      /'mixed' was declared with elements: 'chunk' but gave number/,
    );
  });

  it('destroys a Node stream that is left early', async () => {
    const stream = Readable.from(Array.from({ length: 5_000 }, (_, index) => index));
    for await (const chunk of fromStream(() => stream).open(never)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(stream.destroyed).toBe(true);
  });

  it('cancels a web stream that is left early', async () => {
    let cancelled = 0;
    const stream = webStream([1, 2, 3], () => {
      cancelled += 1;
    });
    const iterator = fromStream(() => stream)
      .open(never)
      [Symbol.asyncIterator]();
    await iterator.next();
    await iterator.return?.();
    // All three may have been read ahead by then; a stream that has ended is not cancelled.
    const again = webStream(
      Array.from({ length: 5_000 }, (_, index) => index + 1),
      () => {
        cancelled += 1;
      },
    );
    const second = fromStream(() => again)
      .open(never)
      [Symbol.asyncIterator]();
    await second.next();
    await second.return?.();
    expect(cancelled).toBeGreaterThanOrEqual(1);
  });

  it('destroys a silent Node stream at once when aborted', async () => {
    const stream = new PassThrough({ objectMode: true });
    const controller = new AbortController();
    const pending = fromStream(() => stream)
      .open(controller.signal)
      [Symbol.asyncIterator]()
      .next();
    const failed = expect(pending).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await failed;
    expect(stream.destroyed).toBe(true);
  });

  it('cancels a silent web stream at once when aborted', async () => {
    let cancelled = false;
    const stream = new ReadableStream<number>({
      cancel() {
        cancelled = true;
      },
    });
    const controller = new AbortController();
    const pending = fromStream(() => stream)
      .open(controller.signal)
      [Symbol.asyncIterator]()
      .next();
    const failed = expect(pending).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await failed;
    expect(cancelled).toBe(true);
  });

  it('passes on the error of a stream', async () => {
    const source = fromStream<number>(
      () =>
        new Readable({
          objectMode: true,
          read() {
            this.destroy(new Error('socket closed'));
          },
        }),
    );
    await expect(readAll(source)).rejects.toThrow('socket closed');
  });

  it('refuses what is no stream', async () => {
    // As from JavaScript, where nothing has checked the result.
    const source = fromStream<number>(() => [1] as unknown as Readable, { name: 'wrong' });
    await expect(readAll(source)).rejects.toThrow(/'wrong' did not get a stream but object/);
  });
});
