import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BarPlot, LinePlot } from '../harness/bench-case.js';
import { drawPlot } from './svg.js';

const bars: BarPlot = {
  kind: 'bars',
  title: 'Speed',
  unit: 'M rows/s',
  rows: [
    { label: 'Tailrace', value: 4, own: true },
    { label: 'A & <B>', value: 1, own: false },
    { label: 'could not take part', value: Number.NaN, own: false },
  ],
};
const lines: LinePlot = {
  kind: 'lines',
  title: 'Growth',
  x: { label: 'rows', log: true },
  y: { label: 's', log: true },
  series: [
    {
      label: 'Tailrace',
      points: [
        [1e6, 1],
        [2e6, 2],
        [4e6, 4],
      ],
    },
  ],
};

const widths = (svg: string): number[] =>
  [...svg.matchAll(/<rect x="[\d.]+" y="\d+" width="([\d.]+)"/g)].map((match) => Number(match[1]));
const circles = (svg: string): [number, number][] =>
  [...svg.matchAll(/<circle cx="([-\d.]+)" cy="([-\d.]+)"/g)].map((match) => [
    Number(match[1]),
    Number(match[2]),
  ]);
/** Opening tags that nothing closes, and closing ones that nothing opened. */
function unbalanced(svg: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, closing, name = '', itself] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (closing === '/') {
      if (open.pop() !== name) wrong.push(name);
    } else if (itself !== '/') open.push(name);
  }
  return [...wrong, ...open];
}

describe('a bar plot', () => {
  it('has bars as long as their values, from zero', () => {
    const [longest = 0, quarter = 0, none] = widths(drawPlot(bars));
    expect(quarter / longest).toBeCloseTo(1 / 4, 2);
    expect(none).toBe(0);
  });

  it('shows our own bar in a colour of its own, and every figure', () => {
    const svg = drawPlot(bars);
    expect(svg.match(/class="s0"/g)).toHaveLength(1);
    expect(svg.match(/class="other"/g)).toHaveLength(2);
    expect(svg).toContain('>4.00<');
  });

  it('escapes what would be markup', () => {
    expect(drawPlot(bars)).toContain('A &amp; &lt;B&gt;');
  });
});

describe('a line plot', () => {
  it('draws equal factors as equal steps on logarithmic axes', () => {
    const [[x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = [], [x3 = 0, y3 = 0] = []] = circles(drawPlot(lines));
    expect(x3 - x2).toBeCloseTo(x2 - x1, 0);
    expect(y3 - y2).toBeCloseTo(y2 - y1, 0);
    expect(x2).toBeGreaterThan(x1);
    expect(y2).toBeLessThan(y1);
  });

  it('leaves out points that have no place on its axes', () => {
    const series = [
      {
        label: 'a',
        points: [
          [0, 1],
          [10, -1],
          [10, Number.NaN],
          [10, 5],
          [100, 50],
        ] as const,
      },
    ];
    expect(circles(drawPlot({ ...lines, series }))).toHaveLength(2);
  });

  it('brings colours for light and for dark pages', () => {
    expect(drawPlot(lines)).toContain('prefers-color-scheme: dark');
  });
});

describe('any plot', () => {
  const value = fc.oneof(
    fc.double({ min: 1e-9, max: 1e12, noNaN: true }),
    fc.double({ min: -1e12, max: 0 }),
    fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY),
  );
  const axis = fc.record({ label: fc.string(), log: fc.boolean() });
  const plot = fc.oneof(
    fc.record({
      kind: fc.constant('bars' as const),
      title: fc.string(),
      unit: fc.string(),
      rows: fc.array(fc.record({ label: fc.string(), value, own: fc.boolean() }), { maxLength: 12 }),
    }),
    fc.record({
      kind: fc.constant('lines' as const),
      title: fc.string(),
      x: axis,
      y: axis,
      series: fc.array(fc.record({ label: fc.string(), points: fc.array(fc.tuple(value, value)) }), {
        maxLength: 8,
      }),
    }),
  );

  it('is well-formed, without coordinates that are no numbers', () => {
    fc.assert(
      fc.property(plot, (any) => {
        const svg = drawPlot(any);
        const shapes = svg.replace(/>[^<]*</g, '><');
        expect(unbalanced(svg)).toEqual([]);
        expect(shapes).not.toMatch(/"[^"]*(NaN|Infinity)[^"]*"/);
      }),
    );
  });
});
