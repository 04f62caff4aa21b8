import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Span } from '../model/model.js';
import { colourOf, drawGantt } from './gantt-canvas.js';

const from = 1_700_000_000_000;
const to = from + 1_000;
const width = 800;
/** Places, widths and colours of what is drawn of one lane. */
function rectsOf(track: readonly Span[]): readonly (readonly [left: number, wide: number, colour: string])[] {
  const rects: [number, number, string][] = [];
  const pen = {
    setTransform: () => {},
    clearRect: () => {},
    save: () => {},
    restore: () => {},
    beginPath: () => {},
    rect: () => {},
    clip: () => {},
    fillText: () => {},
    measureText: () => ({ width: 10 }),
    fillStyle: '',
    fillRect: (left: number, _: number, wide: number) => {
      rects.push([left, wide, pen.fillStyle]);
    },
  };
  // What is used of a canvas.
  const canvas = { style: {}, clientWidth: width, getContext: () => pen } as unknown as HTMLCanvasElement;
  drawGantt(canvas, [{ name: 'w1', label: 'worker w1', tracks: [track], beyond: [], mostBeyond: 0 }], {
    from,
    to,
  });
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

  it('shows of all that shares a pixel what took longest, and a crash whatever is beside it', () => {
    // 1.56 ms are a pixel: some sixty spans lie in each.
    const track = Array.from({ length: 10_000 }, (_, n) => {
      const begin = from + 50 + n / 20;
      return span(begin, begin + 0.02, n % 2 === 0 ? 'encode' : 'flush');
    }).map((each) => (each.doing === 'encode' ? { ...each, to: each.from + 0.03 } : each));
    const bars = rectsOf(track).filter(([, , colour]) => colour === colourOf('encode'));
    expect(bars.length).toBeGreaterThan(300);
    expect(bars.length).toBeLessThan(340);
    expect(rectsOf(track).some(([, , colour]) => colour === colourOf('flush'))).toBe(false);
    const crash = span(from + 200, from + 200.001, 'crash');
    // Bars as wide as a pixel or more come after it, too.
    const next = [span(from + 200.001, from + 203, 'start'), span(from + 203, from + 260, 'encode')];
    for (const after of [track.slice(3_000), next]) {
      const drawn = rectsOf([...track.slice(0, 3_000), crash, ...after]);
      expect(drawn.filter(([, , colour]) => colour === colourOf('crash'))).toHaveLength(1);
      const at = drawn.findIndex(([, , colour]) => colour === colourOf('crash'));
      const [left = 0, wide = 0] = drawn[at] ?? [];
      expect(wide).toBe(5);
      const over = drawn.slice(at + 1).filter(([other, its]) => other < left + wide && other + its > left);
      expect(over).toEqual([]);
    }
  });

  it('shows what lasts on until the last moment', () => {
    const [left = 0, wide = 0] = rectsOf([span(from + 500, undefined, 'encode')]).at(-1) ?? [];
    expect(left + wide).toBeCloseTo(width - 8);
  });
});
