// Owns the client of that service: a process of its own, which sends requests by the clock, whether or not the last one
// was answered, and takes the time from when each was due.
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { OpenContender } from '../../harness/contender.js';
import { quantile } from '../../harness/statistics.js';
import type { Doing } from './service.js';

export interface ClientRound {
  readonly socket: string;
  readonly perSecond: number;
}

export const clientFigures = {
  p50: 'latency p50',
  p99: 'latency p99',
  max: 'latency max',
  answers: 'answers',
} as const;

export const open: OpenContender<undefined, ClientRound> = async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  return {
    async round({ socket, perSecond }) {
      const latencies: number[] = [];
      const open = new Set<Promise<void>>();
      let writing = false;
      let over = false;
      const ask = async (due: number): Promise<void> => {
        const doing = await answerOf(socket, agent);
        if (doing === 'writing') {
          writing = true;
          latencies.push(performance.now() - due);
        } else if (writing) {
          over = true;
        }
      };
      let due = performance.now();
      while (!over) {
        const asked = ask(due).finally(() => open.delete(asked));
        open.add(asked);
        due += 1_000 / perSecond;
        const wait = due - performance.now();
        if (wait > 0) await delay(wait);
      }
      await Promise.all(open);
      return {
        [clientFigures.p50]: quantile(latencies, 0.5),
        [clientFigures.p99]: quantile(latencies, 0.99),
        [clientFigures.max]: Math.max(...latencies),
        [clientFigures.answers]: latencies.length,
      };
    },
    async close() {
      agent.destroy();
    },
  };
};

function answerOf(socketPath: string, agent: Agent): Promise<Doing> {
  return new Promise((resolve, reject) => {
    const request = get({ socketPath, agent, path: '/' }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      // The service of this case answers with nothing else.
      response.on('end', () => resolve((JSON.parse(body) as { doing: Doing }).doing));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
