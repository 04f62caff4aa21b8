// Owns the files of the page and the headers they are sent with: no other origin, no inline code, no framing.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { TailraceError } from '@tailrace/core';
import { hostsOf } from './check-request.js';

export interface PageFile {
  readonly type: string;
  readonly body: string;
}

const document = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Tailrace inspector</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body><div id="page"></div><noscript>The inspector needs JavaScript.</noscript></body>
</html>
`;

/**
 * Reads the built page.
 * @throws TailraceError when it was not built
 */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const script = createRequire(import.meta.url).resolve('#inspector-page');
  try {
    const [code, style] = await Promise.all([
      readFile(script, 'utf8'),
      readFile(script.replace(/\.js$/, '.css'), 'utf8'),
    ]);
    return new Map([
      ['/', { type: 'text/html; charset=utf-8', body: document }],
      ['/page.js', { type: 'text/javascript; charset=utf-8', body: code }],
      ['/page.css', { type: 'text/css; charset=utf-8', body: style }],
    ]);
  } catch (cause) {
    throw new TailraceError('The page of the inspector is missing: build @tailrace/adapters first.', {
      code: 'MODULE_INVALID',
      operation: 'open inspector',
      context: { file: script },
      cause,
    });
  }
}

/** Headers of every answer. */
export function headersOf(port: number): Readonly<Record<string, string>> {
  // Not every browser counts a WebSocket of the same host among 'self'.
  const sockets = hostsOf(port).map((host) => `ws://${host}`);
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${sockets.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store',
  };
}
