import { describe, expect, it } from 'vitest';
import type { LaneMessage } from './message.js';
import { createSourceLanes } from './source-lanes.js';

const stage = (name: string, readMs: number, busyMs: number) => ({
  name,
  state: 'running',
  rows: 0,
  readMs,
  busyMs,
});
const told = (messages: readonly LaneMessage[]): unknown[] =>
  messages.map(({ name, at, doing, lane, run }) => `${name} ${at} ${doing} ${lane} ${run}`);

describe('the lane of the main thread', () => {
  it('tells at every look how long each source was read and computed since the last one', () => {
    const lanes = createSourceLanes('x:0', 1_000);
    expect(told(lanes([stage('a', 200, 50), stage('none', 0, 0)], 1_250, false))).toEqual([
      'a 1000 read main x:0',
      'a 1200 compute main x:0',
      'a 1250 null main x:0',
    ]);
    expect(told(lanes([stage('a', 200, 150), stage('b', 30, 0)], 1_500, false))).toEqual([
      'a 1250 compute main x:0',
      'a 1350 null main x:0',
      'b 1250 read main x:0',
      'b 1280 null main x:0',
    ]);
  });

  it('begins nothing before what was told last is over, as times of holds are estimated', () => {
    const lanes = createSourceLanes('x:0', 0);
    lanes([stage('hold', 0, 400)], 250, false);
    expect(told(lanes([stage('hold', 0, 450)], 500, false))[0]).toBe('hold 400 compute main x:0');
  });

  it('keeps what is too short to be drawn for a later look, and at the last one tells all that there was', () => {
    const lanes = createSourceLanes('x:0', 0);
    expect(lanes([stage('a', 0.2, 0.2)], 250, false)).toEqual([]);
    expect(told(lanes([stage('a', 0.25, 0.2)], 500, true))).toEqual([
      'a 250 read main x:0',
      'a 250.25 compute main x:0',
      'a 250.45 null main x:0',
    ]);
    expect(lanes([stage('a', 0.25, 0.2)], 750, true)).toEqual([]);
  });
});
