import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spill } from './overflow.js';
import { createPushBuffer } from './push-buffer.js';

describe('a push buffer that spills', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tailrace-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('keeps the order when a burst comes while the items that wait for a full chunk are taken', async () => {
    const buffer = createPushBuffer<number>('bursts', spill({ items: 4, directory }), undefined);
    for (let item = 0; item < 6; item += 1) buffer.push(item);
    const seen: number[] = [...(await buffer.take())];
    const taking = buffer.take();
    for (let item = 6; item < 1_506; item += 1) buffer.push(item);
    seen.push(...(await taking));
    while (buffer.items > 0) seen.push(...(await buffer.take()));
    expect(seen).toEqual(Array.from({ length: 1_506 }, (_, index) => index));
    await buffer.close();
  });

  it('removes its files when the process exits before it is closed', async () => {
    const before = new Set(process.listeners('exit'));
    const buffer = createPushBuffer<number>('left', spill({ items: 1, directory }), undefined);
    for (let item = 0; item < 2_000; item += 1) buffer.push(item);
    const [made] = readdirSync(directory);
    const listeners = process.listeners('exit').filter((listener) => !before.has(listener));
    expect([listeners.length, existsSync(join(directory, made ?? ''))]).toEqual([1, true]);
    for (const listener of listeners) listener.call(process, 0);
    expect(readdirSync(directory)).toEqual([]);
    await buffer.close();
    expect(process.listeners('exit').filter((listener) => !before.has(listener))).toEqual([]);
  });
});
