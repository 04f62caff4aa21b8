// Owns the check of messages that come from a file or a socket: the fields that are read have the types they should have.
import type { InspectorMessage } from './message.js';

type Kind = 'string' | 'number' | 'array' | 'text or null';

const xstate: Readonly<Record<string, Kind>> = { sessionId: 'string', rootId: 'string', createdAt: 'string' };
const fields: Readonly<Record<string, Readonly<Record<string, Kind>> | undefined>> = {
  '@xstate.actor': { ...xstate, name: 'string', definition: 'string' },
  '@xstate.event': xstate,
  '@xstate.snapshot': xstate,
  '@tailrace.lane': { at: 'number', id: 'string', lane: 'string', name: 'string', doing: 'text or null' },
  '@tailrace.problem': {
    at: 'number',
    id: 'string',
    name: 'string',
    state: 'string',
    code: 'string',
    text: 'string',
  },
  '@tailrace.summary': { at: 'number', writes: 'number', actors: 'number' },
  '@tailrace.graph': { at: 'number', pipeline: 'string', nodes: 'array', edges: 'array', outputs: 'array' },
  '@tailrace.progress': {
    at: 'number',
    elapsedMs: 'number',
    state: 'string',
    bytesHeld: 'number',
    bytesLimit: 'number',
    bytesHighWater: 'number',
    bytesLowWater: 'number',
    memoryBytes: 'number',
    stages: 'array',
    outputs: 'array',
  },
  '@tailrace.report': {
    at: 'number',
    state: 'string',
    elapsedMs: 'number',
    rows: 'number',
    bytes: 'number',
    workers: 'number',
    computeMs: 'number',
    writeMs: 'number',
    blockedMs: 'number',
    tailMs: 'number',
    advice: 'string',
    outputs: 'array',
  },
};

const isKind = (value: unknown, kind: Kind): boolean => {
  switch (kind) {
    case 'array':
      return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
    case 'text or null':
      return value === null || typeof value === 'string';
    case 'number':
    case 'string':
      return typeof value === kind;
  }
};

export function isMessage(value: unknown): value is InspectorMessage {
  if (typeof value !== 'object' || value === null) return false;
  const type: unknown = Reflect.get(value, 'type');
  const wanted = typeof type === 'string' && Object.hasOwn(fields, type) ? fields[type] : undefined;
  if (wanted === undefined) return false;
  return Object.entries(wanted).every(([name, kind]) => isKind(Reflect.get(value, name), kind));
}
