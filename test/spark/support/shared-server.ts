// Owns the server that all suites of `npm run test:spark` share: started before them, stopped after them. TAILRACE_SPARK_URL
// and TAILRACE_SPARK_UI name one that runs already, for trying a test again and again.
import type { TestProject } from 'vitest/node';
import { startSpark } from './server.js';

declare module 'vitest' {
  interface ProvidedContext {
    readonly sparkUrl: string;
    readonly sparkUi: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { TAILRACE_SPARK_URL: url, TAILRACE_SPARK_UI: ui } = process.env;
  if (url !== undefined && ui !== undefined) {
    project.provide('sparkUrl', url);
    project.provide('sparkUi', ui);
    return async () => {};
  }
  // Its REST interface tells of everything at once, so that tests need not wait for what might still come.
  const server = await startSpark({ 'spark.ui.liveUpdate.period': '0s' });
  project.provide('sparkUrl', server.url);
  project.provide('sparkUi', server.ui);
  return () => server.stop();
}
