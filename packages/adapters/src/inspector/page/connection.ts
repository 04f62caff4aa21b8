// Owns the page's way to its server: the token from the address, a socket that comes back, messages at most twice a
// second, and once where drawing them takes long: it costs more than taking them, and the machine has a run to do.
import { isMessage } from '../stream/check-message.js';
import type { InspectorMessage } from '../stream/message.js';
import { betweenMs } from './pace.js';

export type Link = 'connecting' | 'live' | 'lost' | 'refused';

export interface ConnectionListener {
  /** A new connection: everything is told again. */
  readonly onReset: () => void;
  readonly onMessages: (messages: readonly InspectorMessage[]) => void;
  readonly onLink: (link: Link) => void;
}

/** Milliseconds for which the first messages after a lull are collected. */
const firstMs = 50;
/** Milliseconds between a loss and the next try. */
const againAfterMs = 1_000;

const inAddress = (): URLSearchParams => new URLSearchParams(location.hash.slice(1));
const tokenOfPage = (): string => inAddress().get('token') ?? '';

/** Whether a file is shown, and not a program that goes on. */
export const isRecording = (): boolean => inAddress().has('recording');

/**
 * Asks for the recording: as a whole, or by HEAD only whether it would be given.
 * @throws TypeError when nobody answers
 */
export const askForTrace = (method: 'GET' | 'HEAD'): Promise<Response> =>
  fetch('/trace.json', { method, headers: { authorization: `Bearer ${tokenOfPage()}` } });

export function connect({ onReset, onMessages, onLink }: ConnectionListener): void {
  const token = tokenOfPage();
  // Without a token there is nothing that a server could be asked.
  if (token === '') {
    onLink('refused');
    return;
  }
  let waiting: InspectorMessage[] = [];
  let shownAt = Number.NEGATIVE_INFINITY;
  /** From messages to their frame, the last time. */
  let tookMs = 0;
  /** One at a time: pages in the background have no frames, and would collect what waits for one without end. */
  let isMeasuring = false;
  const flush = (): void => {
    const messages = waiting;
    waiting = [];
    shownAt = performance.now();
    const began = shownAt;
    onMessages(messages);
    if (isMeasuring) return;
    isMeasuring = true;
    // A frame is over when what waits behind it has its turn. Pages in the background have none: it stays as it was.
    requestAnimationFrame(() =>
      setTimeout(() => {
        isMeasuring = false;
        tookMs = performance.now() - began;
      }),
    );
  };
  const take = (text: unknown): void => {
    if (typeof text !== 'string') return;
    const messages = text
      .split('\n')
      .map((line): unknown => JSON.parse(line))
      .filter(isMessage);
    if (messages.length === 0) return;
    // A timer, not a frame: pages in the background have no frames, and would collect without end.
    if (waiting.length === 0) {
      const sinceMs = performance.now() - shownAt;
      setTimeout(flush, Math.max(firstMs, betweenMs(tookMs) - sinceMs));
    }
    for (const message of messages) waiting.push(message);
  };
  onLink('connecting');
  const open = (): void => {
    const socket = new WebSocket(`ws://${location.host}/live`, ['tailrace', token]);
    let wasOpen = false;
    socket.addEventListener('open', () => {
      wasOpen = true;
      waiting = [];
      onReset();
      onLink('live');
    });
    socket.addEventListener('message', ({ data }) => take(data));
    socket.addEventListener('close', async () => {
      // Browsers do not tell why a socket was refused; a wrong token stays wrong.
      if (!wasOpen && (await isRefused())) {
        onLink('refused');
        return;
      }
      onLink('lost');
      setTimeout(open, againAfterMs);
    });
  };
  open();
}

async function isRefused(): Promise<boolean> {
  try {
    return (await askForTrace('HEAD')).status === 401;
  } catch {
    // Nobody answers: the program has ended.
    return false;
  }
}
