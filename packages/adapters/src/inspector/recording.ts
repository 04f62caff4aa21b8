// Owns the view of a recorded run: the same page, told once from a file.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf, systemClock, TailraceError } from '@tailrace/core';
import { checkPort } from './options.js';
import { readPageFiles } from './server/page-files.js';
import { openServer } from './server/server.js';
import { readTrace } from './stream/trace-file.js';

/** How a recording is shown. */
export interface RecordingOptions {
  /** Port on 127.0.0.1. Default 0: any that is free. */
  readonly port?: number | undefined;
}

/** A recording that is shown until it is closed. */
export interface ShownRecording {
  /**
   * Address of the page, on this machine only: `http://127.0.0.1:<port>/#token=...&recording`. Whoever has it can read the
   * recording; the token stands behind its `#`, which browsers send nowhere, and is drawn anew for each one that is shown. By
   * its last word the page knows that a run that has not ended in it does not go on.
   */
  readonly url: string;
  /** Ends the server and every connection; never rejects. Pages that are open keep what they know. */
  close(): Promise<void>;
}

/**
 * Shows a recorded run in the page of the inspector: a file that `inspector.trace()` gave, or that such a page has saved. The
 * file is read once. What is open keeps the process alive until it is closed.
 * @param file its path; one that is not absolute is taken from the working directory
 * @param options on which port
 * @returns the address of the page, and how to end it
 * @throws TailraceError `SOURCE_FAILED` when the file cannot be read, or holds no recorded run
 * @throws TailraceError `MODULE_INVALID` when the page was not built with the package
 * @throws PlanError when the port is taken, or is none
 */
export async function showRecording(
  file: string,
  { port = 0 }: RecordingOptions = {},
): Promise<ShownRecording> {
  checkPort(port, 'show recording');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const why = messageOf(cause);
    throw new TailraceError(
      `The recorded run ${file} cannot be read: ${why}. Give the path of a saved one.`,
      {
        code: 'SOURCE_FAILED',
        operation: 'read trace',
        context: { file },
        cause,
      },
    );
  }
  const texts = readTrace(text, file).map((message) => JSON.stringify(message));
  const token = randomBytes(32).toString('base64url');
  const server = await openServer({
    port,
    token,
    files: await readPageFiles(),
    greeting: () => texts,
    trace: () => text,
    clock: systemClock,
  });
  return {
    url: `http://127.0.0.1:${server.port}/#token=${token}&recording`,
    close: () => server.close(),
  };
}
