// Owns the text of docs/benchmarks.md: for every result its description, bars, plots and figures, and the parts written by hand.
import { isCost } from '../harness/cost-metrics.js';
import type { KeptResult } from '../harness/results.js';
import { plotFile } from './plot-files.js';
import { markdownBars, markdownTable } from './table.js';

/**
 * The page.
 * @param byHand what people wrote about profiles, included as it is; empty for none
 */
export function benchmarksPage(results: readonly KeptResult[], byHand: string): string {
  const parts = [opening, ...results.map(section), ...(byHand === '' ? [] : [byHand.trim()])];
  return `${parts.join('\n\n')}\n`;
}

const opening = `# Benchmarks

This page is made by \`npm run bench\` (source: [test/bench](../test/bench)) from the results in
[test/bench/results](../test/bench/results). A case is run again with \`npm run bench -- CASE\`; \`--quick\` takes a shorter
look, and \`--check\` fails when a promised figure is missed.

How to read it: contenders run in processes of their own, warmed up, and take turns round by round on the same data. Figures
are medians over the rounds. **Ratio** is a contender's figure divided by Tailrace's: the median of the ratios within a round,
because the speed of a machine changes from minute to minute and both sides of a ratio feel it alike. Tailrace's times include
fsync and the commit that makes an output visible; nobody else's do, unless it says so. Every file that was written is read
back with DuckDB, outside the clock, and compared with the data.`;

function section(result: KeptResult): string {
  const { title, name, about, bars, plots, measures, notes } = result;
  const parts = [`## ${name}: ${title}`, about.trim()];
  if (bars.length > 0) parts.push('### Promised', markdownBars(bars));
  parts.push(
    ...plots.map((plot, index) => `![${plot.title}](benchmarks/${plotFile(name, index, plots.length)})`),
  );
  const costs = measures.filter(({ metric }) => isCost(metric));
  parts.push('### Figures', markdownTable(measures.filter(({ metric }) => !isCost(metric))));
  if (costs.length > 0) {
    parts.push(
      '<details><summary>What it cost: CPU time, memory, syncing</summary>',
      markdownTable(costs),
      '</details>',
    );
  }
  if (notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join('\n'));
  parts.push(machineLine(result));
  return parts.join('\n\n');
}

function machineLine({ machine }: KeptResult): string {
  const { cpu, cores, memoryGib, kernel, node, disk, date } = machine;
  return `*Measured ${date} on ${cpu}, ${cores} cores, ${memoryGib} GiB, ${kernel}, Node ${node}, ${disk}.*`;
}
