// Owns the files of the page: benchmarks.md and one drawing per plot beside it.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readResults } from '../harness/results.js';
import { benchmarksPage } from './markdown.js';
import { plotFile } from './plot-files.js';
import { drawPlot } from './svg.js';

/** Makes the page anew from all results that are there. */
export async function writePage(from: string, to: string, byHandFile: string): Promise<void> {
  const results = await readResults(from);
  const drawings = join(to, 'benchmarks');
  // Drawings of plots that a case no longer has must not stay behind.
  await rm(drawings, { recursive: true, force: true });
  await mkdir(drawings, { recursive: true });
  for (const { name, plots } of results) {
    for (const [index, plot] of plots.entries()) {
      await writeFile(join(drawings, plotFile(name, index, plots.length)), drawPlot(plot));
    }
  }
  await writeFile(join(to, 'benchmarks.md'), benchmarksPage(results, await textOf(byHandFile)));
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
