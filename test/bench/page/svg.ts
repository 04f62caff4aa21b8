// Owns drawings of plots as SVG: plain shapes and text, readable on a light and on a dark page.
import type { Plot } from '../harness/bench-case.js';
import { drawBars } from './bar-plot.js';
import { drawLines } from './line-plot.js';

export function drawPlot(plot: Plot): string {
  switch (plot.kind) {
    case 'bars':
      return drawBars(plot);
    case 'lines':
      return drawLines(plot);
  }
}
