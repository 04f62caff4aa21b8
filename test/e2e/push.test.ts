// Sources that push faster than a slow sink takes, on real threads and with little memory: each overflow policy, and what the
// report says of it.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  buffer,
  customSink,
  defineSchema,
  dropNewest,
  dropOldest,
  fail,
  fromObservable,
  int32,
  type OverflowPolicy,
  type PushSource,
  pipeline,
  type Report,
  spill,
  utf8,
} from '@tailrace/core';
import { Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Row {
  readonly n: number;
  readonly text: string;
}
const schema = defineSchema({ n: int32(), text: utf8() });
const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const KiB = 2 ** 10;
const text = 'x'.repeat(90);
/** Each burst comes within one turn of the event loop, however busy the machine is: more than any policy here may hold. */
const burstRows = 20_000;
const bursts = 12;
const total = burstRows * bursts;
const limit = { bytes: 512 * KiB, sizeOf: () => 128 };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-push-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Never waits for anybody. */
const flood = new Observable<Row>((subscriber) => {
  let sent = 0;
  const burst = (): void => {
    for (let count = 0; count < burstRows; count += 1) {
      subscriber.next({ n: sent, text });
      sent += 1;
    }
    if (sent === total) subscriber.complete();
    else next = setImmediate(burst);
  };
  let next = setImmediate(burst);
  return () => clearImmediate(next);
});

interface Ended {
  readonly report: Report;
  readonly source: PushSource<Row>;
  /** Of the rows that were published, in the order of the writes. */
  readonly numbers: readonly number[];
}

async function run(overflow: OverflowPolicy<Row>): Promise<Ended> {
  const source = fromObservable(flood, { overflow, name: 'flood' });
  const target = join(dir, 'out');
  const sink = customSink<Row>(
    module,
    { path: target, fault: { kind: 'slow', delayMs: 2 } },
    { target, reserveBytes: KiB },
  );
  const report = await pipeline('pushed', (flow) => {
    const rows = flow.source('flood', source, { schema, batchRows: 1_000 });
    flow.write('out', rows, sink, { writeBytes: 512 * KiB });
  }).run({ workers: 2, memory: 4 * KiB * KiB }).settled;
  const parts = await readdir(target).catch(() => []);
  const numbers: number[] = [];
  for (const part of parts) {
    for (const line of (await readFile(join(target, part), 'utf8')).split('\n').slice(0, -1)) {
      numbers.push((JSON.parse(line) as Row).n);
    }
  }
  return { report, source, numbers: numbers.sort((a, b) => a - b) };
}

const isOnce = (numbers: readonly number[]): boolean => new Set(numbers).size === numbers.length;

describe('a source that pushes faster than its sink takes', () => {
  it.each([
    ['dropOldest', dropOldest<Row>(limit)],
    ['dropNewest', dropNewest<Row>(limit)],
  ])('%s: what is written and what was dropped add up, within the limit of bytes', async (kind, policy) => {
    const { report, source, numbers } = await run(policy);
    expect(report.state).toBe('completed');
    const [stage] = report.stages;
    const dropped = stage?.droppedItems ?? 0;
    expect(stage).toMatchObject({ name: 'flood', receivedItems: total, rows: total - dropped });
    // A burst is five times what may be held.
    expect(dropped).toBeGreaterThan(bursts * (burstRows / 2));
    expect(report.outputs[0]).toMatchObject({ rows: total - dropped, rejected: 0 });
    expect(numbers).toHaveLength(total - dropped);
    expect(isOnce(numbers)).toBe(true);
    expect(numbers.includes(kind === 'dropOldest' ? total - 1 : 0)).toBe(true);
    expect(source.stats().peakBytes).toBeLessThanOrEqual(limit.bytes);
    expect(report.peakBytesHeld).toBeLessThan(4 * KiB * KiB);
  });

  it('spill: loses nothing', async () => {
    const { report, source, numbers } = await run(spill({ ...limit, directory: dir }));
    expect(report.stages[0]).toMatchObject({ receivedItems: total, droppedItems: 0, rows: total });
    expect(numbers).toEqual(Array.from({ length: total }, (_, at) => at));
    // The chunk that is gathered for the disk comes to the limit: 1,024 items.
    expect(source.stats().peakBytes).toBeLessThanOrEqual(limit.bytes + 1_024 * 128);
    expect((await readdir(dir)).filter((name) => name !== 'out')).toEqual([]);
  });

  it.each([
    ['buffer', buffer<Row>(limit)],
    ['fail', fail()],
  ])('%s: fails the run, naming the source, and nothing is published', async (kind, policy) => {
    const { report, source, numbers } = await run(policy);
    expect(report.state).toBe('failed');
    expect(report.outputs[0]).toMatchObject({ state: 'failed', error: { code: 'OVERFLOW' } });
    expect(report.outputs[0]?.error?.message).toMatch(
      new RegExp(`'flood'.*overran its consumer.*'${kind}'.*dropOldest`),
    );
    expect(report.stages[0]).toMatchObject({ state: 'failed', droppedItems: 0 });
    expect(numbers).toEqual([]);
    expect(source.stats().heldItems).toBe(0);
  });

  it('counts of one run are those of that run, though the source was opened before', async () => {
    const policy = dropNewest<Row>(limit);
    const source = fromObservable(flood, { overflow: policy, name: 'flood' });
    for (const name of ['first', 'second']) {
      const path = join(dir, name);
      const sink = customSink<Row>(module, { path, fault: { kind: 'slow', delayMs: 0 } }, { target: path });
      const report = await pipeline('twice', (flow) => {
        flow.write('out', flow.source('flood', source, { schema }), sink);
      }).run({ workers: 1 }).completed;
      expect(report.stages[0]?.receivedItems).toBe(total);
    }
    expect(source.stats().receivedItems).toBe(2 * total);
  });
});
