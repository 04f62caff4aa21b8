import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Span } from '../model/model.js';
import { drawGantt } from './gantt-canvas.js';

const from = 1_700_000_000_000;
const to = from + 1_000;
const width = 800;
/** Places and widths of what is drawn of one lane. */
function rectsOf(track: readonly Span[]): readonly (readonly [left: number, wide: number])[] {
  const rects: [number, number][] = [];
  const pen = {
    scale: () => {},
    save: () => {},
    restore: () => {},
    beginPath: () => {},
    rect: () => {},
    clip: () => {},
    fillText: () => {},
    measureText: () => ({ width: 10 }),
    fillRect: (left: number, _: number, wide: number) => {
      rects.push([left, wide]);
    },
  };
  // What is used of a canvas.
  const canvas = { style: {}, clientWidth: width, getContext: () => pen } as unknown as HTMLCanvasElement;
  drawGantt(canvas, [{ name: 'w1', tracks: [track], beyond: [], mostBeyond: 0 }], { from, to });
  return rects;
}
const span = (begin: number, end: number | undefined, doing = 'backoff'): Span => ({
  id: 'x:1',
  name: 'write',
  lane: 'w1',
  doing,
  from: begin,
  to: end,
});

beforeEach(() => {
  vi.stubGlobal('devicePixelRatio', 1);
  vi.stubGlobal('getComputedStyle', () => ({ color: '#000', getPropertyValue: () => '#ccc' }));
});
afterEach(() => vi.unstubAllGlobals());

describe('the drawing of lanes', () => {
  it('ends at the canvas, whenever a span is said to have begun or ended', () => {
    const moment = fc.oneof(
      fc.integer({ min: from - 100, max: to + 100 }),
      fc.constantFrom(0, 1, 8.64e15, -1e300, 1e300),
    );
    const doing = fc.constantFrom('backoff', 'crash', 'encode');
    fc.assert(
      fc.property(moment, fc.option(moment, { nil: undefined }), doing, (begin, end, what) => {
        const rects = rectsOf([span(begin, end, what)]);
        expect(rects.length).toBeLessThan(width);
        for (const [left, wide] of rects) {
          expect(left).toBeGreaterThanOrEqual(0);
          expect(left + wide).toBeLessThanOrEqual(width);
        }
      }),
    );
  });

  it('shows what lasts on until the last moment', () => {
    const [left = 0, wide = 0] = rectsOf([span(from + 500, undefined, 'encode')]).at(-1) ?? [];
    expect(left + wide).toBeCloseTo(width - 8);
  });
});
