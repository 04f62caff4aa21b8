// Owns the files of results: the measures of a case as a plain array, and beside them what the page needs to show them.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CaseName, type CaseResult, caseNames, type Measure } from './bench-case.js';
import type { Machine } from './machine.js';

/** A result as it was kept. */
export interface KeptResult extends CaseResult {
  readonly name: CaseName;
  readonly title: string;
  readonly about: string;
  readonly machine: Machine;
  /** Measured with smaller sizes and fewer rounds. */
  readonly quick: boolean;
}

/** Writes `CASE.json` (the measures) and `details/CASE.json` (the rest). */
export async function keepResult(folder: string, { measures, ...details }: KeptResult): Promise<void> {
  await mkdir(join(folder, 'details'), { recursive: true });
  await writeFile(measuresFile(folder, details.name), toJson(measures));
  await writeFile(detailsFile(folder, details.name), toJson(details));
}

/** All results in the folder, in the order of the cases. */
export async function readResults(folder: string): Promise<KeptResult[]> {
  const results: KeptResult[] = [];
  for (const name of caseNames) {
    const details = await readJson(detailsFile(folder, name));
    if (details === undefined) continue;
    const measures = await readJson(measuresFile(folder, name));
    if (measures === undefined) throw new Error(`The measures of '${name}' are missing; run the case again.`);
    // Both files are written by keepResult only.
    results.push({
      ...(details as Omit<KeptResult, 'measures'>),
      measures: measures as readonly Measure[],
    });
  }
  return results;
}

function measuresFile(folder: string, name: CaseName): string {
  return join(folder, `${name}.json`);
}

function detailsFile(folder: string, name: CaseName): string {
  return join(folder, 'details', `${name}.json`);
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, (_, part: unknown) => (typeof part === 'number' ? shortened(part) : part), 2)}\n`;
}

/** Six digits are more than any machine repeats. */
function shortened(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
