// Owns the view of a recorded run: the same page, told once from a file.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf, systemClock, TailraceError } from '@tailrace/core';
import { checkPort } from './options.js';
import { readPageFiles } from './server/page-files.js';
import { openServer } from './server/server.js';
import { readTrace } from './stream/trace-file.js';

/** Where a recorded run is shown. */
export interface RecordingOptions {
  /** Port on 127.0.0.1. Default 0: any that is free. */
  readonly port?: number | undefined;
}

/** A recorded run that is shown. It keeps the process alive until it is closed. */
export interface ShownRecording {
  /** Address of the page, with its token behind the `#`. */
  readonly url: string;
  /** Ends the server and every connection. */
  close(): Promise<void>;
}

/**
 * Shows a file that `inspector.trace()` gave.
 * @param file its path
 * @throws TailraceError when it cannot be read or is no such file, or the port is taken or none
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
    throw new TailraceError(
      `The recorded run ${file} cannot be read: ${messageOf(cause)}. Give a file that inspector.trace() has made.`,
      { code: 'SOURCE_FAILED', operation: 'read trace', context: { file }, cause },
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
    url: `http://127.0.0.1:${server.port}/#token=${token}`,
    close: () => server.close(),
  };
}
