// Finds the browser that the tests of the page run in. Without one they fail and say how it is installed.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    readonly chromium: string;
  }
}

/** Debian's name first, then that of others. */
const names: readonly string[] = ['chromium', 'chromium-browser', 'google-chrome'];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // It is elsewhere, or nowhere: whoever asks goes on looking.
    return false;
  }
}

export function setup(project: TestProject): void {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
  if (found === undefined) {
    throw new Error(
      'The tests of the inspector in a browser need Chromium. On Debian: apt-get update && apt-get install -y chromium',
    );
  }
  project.provide('chromium', found);
}
