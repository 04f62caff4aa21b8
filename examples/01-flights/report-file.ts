// Owns report.json: replaced as a whole, so that a reader never sees half of it.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export async function saveReport(folder: string, report: object): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'report.json');
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, `${JSON.stringify(report, null, 2)}\n`);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return path;
}
