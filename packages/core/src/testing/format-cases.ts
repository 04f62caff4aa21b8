// Owns how a format has to treat its batches and its destination, for the conformance suite of formats.
import assert from 'node:assert/strict';
import { CancelledError } from '../errors/named-errors.js';
import { isTailraceError } from '../errors/tailrace-error.js';
import type { Encoder } from '../sink/format.js';
import { thrownBy } from './assertions.js';
import { receiver, stuckReceiver, turn } from './byte-receiver.js';
import { type FormatBench, overwrite, total } from './format-bench.js';
import { noisyBatch, sampleBatch } from './sample.js';

export async function namesItsFiles(bench: FormatBench): Promise<void> {
  const format = await bench.definition();
  assert.match(format.extension(bench.format.options), /^(\.[A-Za-z0-9_-]+)+$/);
  format.check(bench.schema, bench.format.options);
}

export async function countsBytes(bench: FormatBench): Promise<void> {
  const out = receiver();
  const encoder = await bench.open(out);
  for (let at = 0; at < 5; at += 1) {
    await encoder.write(sampleBatch(bench.schema, 500, at * 500));
    assert.ok(encoder.encodedBytes > 0, 'encodedBytes is 0 after rows were written');
    assert.ok(encoder.encodedBytes >= out.bytesWritten, 'encodedBytes is behind what was handed over');
  }
  await encoder.finish();
  assert.ok(out.bytesWritten > 0);
}

export async function waitsForItsDestination(bench: FormatBench): Promise<void> {
  const sizes = Array.from({ length: 8 }, () => 2_000);
  const out = receiver({ slow: true });
  assert.equal(await bench.encode(sizes, out), total(sizes));
  assert.equal(out.overlapped, false, 'write was called while a write was under way');
  await bench.holds(out.content(), sizes);
}

export async function readsBatchesInTime(bench: FormatBench): Promise<void> {
  const sizes = [300, 300];
  const out = receiver();
  await bench.encode(sizes, out, overwrite);
  await bench.holds(out.content(), sizes);
}

/** Bytes held back at most, beside one batch and a trailer. */
const limit = 256 * 2 ** 10;
const trailer = 64 * 2 ** 10;

/** Rows that cannot be compressed much, ten times the limit: what `finish` still hands over was held back until then. */
export async function holdsBackNoMore(bench: FormatBench): Promise<void> {
  const out = receiver();
  const encoder = await bench.open(out, { maxBufferedBytes: limit });
  let bytes = 0;
  let largest = 0;
  for (let first = 0; bytes < 10 * limit; first += 500) {
    const batch = noisyBatch(bench.schema, 500, first);
    await encoder.write(batch);
    bytes += batch.bytes;
    largest = Math.max(largest, batch.bytes);
  }
  const before = out.bytesWritten;
  await encoder.finish();
  const held = out.bytesWritten - before;
  const allowed = limit + largest + trailer;
  assert.ok(
    held <= allowed,
    `${held} bytes were held back until finish(), with maxBufferedBytes ${limit}, a batch of ${largest} and a trailer`,
  );
}

/** The same of a format that holds whole files: it has to refuse a larger one before it is held, with a word on what to do. */
export async function refusesToHoldMore(bench: FormatBench): Promise<void> {
  const encoder = await bench.open(receiver(), { maxBufferedBytes: limit });
  let bytes = 0;
  for (let first = 0; ; first += 500) {
    const batch = noisyBatch(bench.schema, 500, first);
    const thrown = await thrownBy(() => encoder.write(batch));
    if (thrown !== undefined) {
      assert.ok(
        isTailraceError(thrown.error),
        `the file must be refused with a TailraceError, not with ${String(thrown.error)}`,
      );
      break;
    }
    bytes += batch.bytes;
    const allowed = limit + batch.bytes;
    assert.ok(
      bytes <= allowed,
      `${bytes} bytes of batches are held, with maxBufferedBytes ${limit} and batches of ${batch.bytes}`,
    );
  }
  await encoder.abort();
}

export async function failsWithItsDestination(bench: FormatBench): Promise<void> {
  const failure = new Error('no space left');
  const thrown = await thrownBy(async () => {
    const encoder = await bench.open(receiver({ failAfterBytes: 0, failure }));
    try {
      for (let at = 0; at < 20; at += 1) await encoder.write(sampleBatch(bench.schema, 2_000, at * 2_000));
      await encoder.finish();
    } catch (error) {
      await encoder.abort();
      throw error;
    }
  });
  assert.ok(thrown !== undefined, 'the encoder reported success although its destination failed');
  let error = thrown.error;
  while (error !== failure && error instanceof Error && error.cause !== undefined) error = error.cause;
  assert.ok(error === failure, `the failure of the destination is not in ${String(thrown.error)}`);
}

export async function canBeAborted(bench: FormatBench): Promise<void> {
  for (const batches of [0, 1, 3]) {
    const life = new AbortController();
    const out = receiver({ slow: true });
    const encoder = await bench.open(out, { signal: life.signal });
    for (let at = 0; at < batches; at += 1) await encoder.write(sampleBatch(bench.schema, 200, at * 200));
    life.abort();
    await encoder.abort();
    const { calls } = out;
    for (let at = 0; at < 5; at += 1) await turn();
    assert.equal(out.calls, calls, 'bytes were handed over after abort() had settled');
  }
  const out = receiver();
  assert.equal(await bench.encode([10], out), 10);
  await bench.holds(out.content(), [10]);
}

/** Its destination hangs, and rejects when the attempt is cancelled: the encoder must end with it. */
export async function endsWhenCancelled(bench: FormatBench): Promise<void> {
  const life = new AbortController();
  const out = stuckReceiver(life.signal);
  let encoder: Encoder | undefined;
  const working = (async () => {
    encoder = await bench.open(out, { signal: life.signal, maxBufferedBytes: limit });
    for (let first = 0; first < 5_000; first += 500)
      await encoder.write(noisyBatch(bench.schema, 500, first));
    await encoder.finish();
  })();
  const ended = thrownBy(() => working);
  await Promise.race([out.reached, ended]);
  life.abort(new CancelledError('The conformance suite has cancelled.', { operation: 'test format' }));
  assert.ok((await ended) !== undefined, 'a cancelled file was finished');
  await encoder?.abort();
}

export async function takesAnAbortedSignal(bench: FormatBench): Promise<void> {
  const thrown = await thrownBy(async () => {
    const encoder = await bench.open(receiver(), { signal: AbortSignal.abort() });
    await thrownBy(() => encoder.write(sampleBatch(bench.schema, 10)));
    await encoder.abort();
  });
  // Refused or taken: what counts is that the next file is whole.
  assert.ok(thrown === undefined || thrown.error instanceof Error);
  const out = receiver();
  assert.equal(await bench.encode([10], out), 10);
  await bench.holds(out.content(), [10]);
}

/** An encoder whose attempt is gone is neither finished nor aborted; its thread may live on. */
export async function forgetsTheLost(bench: FormatBench): Promise<void> {
  const lost = await bench.open(receiver());
  await lost.write(sampleBatch(bench.schema, 100, 5_000));
  const out = receiver();
  assert.equal(await bench.encode([50, 7], out), 57);
  await bench.holds(out.content(), [50, 7]);
}

export async function keepsFilesApart(bench: FormatBench): Promise<void> {
  const outs = [receiver(), receiver(), receiver({ slow: true })];
  const encoders: Encoder[] = [];
  for (const out of outs) encoders.push(await bench.open(out));
  for (const first of [0, 50, 100]) {
    // In turn, then all at once.
    if (first === 100)
      await Promise.all(encoders.map((encoder) => encoder.write(sampleBatch(bench.schema, 50, first))));
    else for (const encoder of encoders) await encoder.write(sampleBatch(bench.schema, 50, first));
  }
  for (const encoder of encoders.toReversed()) assert.equal((await encoder.finish()).rows, 150);
  for (const out of outs) await bench.holds(out.content(), [50, 50, 50]);
}
