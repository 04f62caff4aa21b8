// Owns plans as texts: the same for the same plan, whichever session made it, and back with ids that no other plan has.
import { createHash } from 'node:crypto';
import { PlanError } from '@tailrace/core';
import { hidden } from '../client/sql-secrets.js';
import type { Relation } from '../protocol/relation.js';
import { openText, type PlanPlace, placeUnder } from './plan-secrets.js';

/** A plan as text, and what stands in it as a number alone. */
export interface PlanText {
  readonly text: string;
  /** Parts of the plan that are secret, as JSON. Not to be written down. */
  readonly secrets: readonly string[];
}

/**
 * The plan as canonical JSON: equal plans have one text, however their values lie in memory, and whatever their secrets are.
 * Ids of relations and names of variables, which differ from session to session, are numbered anew, so that a resumed job finds
 * that a stage has given the same as before.
 */
export function textOfPlan(plan: Relation): PlanText {
  const numbered = renamed(plan, {
    idOf: (known) => BigInt(known + 1),
    variableOf: (known) => `v_${known + 1}`,
  });
  return textOf(numbered);
}

/** Stands for a plan with its secrets, where neither is to be kept: equal plans have one. */
export const fingerprintOf = ({ text, secrets }: PlanText): string =>
  createHash('sha256')
    .update(JSON.stringify([text, secrets]))
    .digest('base64');

/** @param newId gives ids that no other plan of the session has: the server answers what it has seen under an id from memory */
export function planOfText(planText: PlanText, newId: () => bigint): Relation {
  const plan = partsOf(planText);
  // It was made above, in another thread of this process.
  return renamed(plan as Relation, { idOf: newId, variableOf: (known) => `v_${known + 1}` });
}

/**
 * A value within a node: as it is; the place of another node; or what JSON does not have, by its kind: n a bigint, d a number,
 * b bytes, u undefined. A secret is s with its number and what may be seen of it.
 */
type Part =
  | string
  | number
  | boolean
  | null
  | readonly [number]
  | readonly ['n' | 'd' | 'b' | 'u', string]
  | readonly ['s', number, string];
/** An array or an object. */
type PlanNode = readonly Part[] | Readonly<Record<string, Part>>;

/**
 * A list of nodes, the root last. Each comes after those within it; equal ones are one, so that what a plan has twice is there
 * once.
 */
function textOf(root: object): PlanText {
  const nodes: string[] = [];
  const placeOfText = new Map<string, number>();
  const placesOf: Readonly<Record<PlanPlace, Map<object, number>>> = {
    plan: new Map(),
    options: new Map(),
    secret: new Map(),
  };
  const secrets = new Map<string, number>();
  const place = (value: object, stands: PlanPlace): number => {
    const known = placesOf[stands].get(value);
    if (known !== undefined) return known;
    const parts = Array.isArray(value)
      ? value.map((item) => part(item, stands))
      : sorted(value, (key, item) => part(item, placeUnder(key, stands)));
    const text = JSON.stringify(parts);
    const at = placeOfText.get(text) ?? nodes.push(text) - 1;
    placeOfText.set(text, at);
    placesOf[stands].set(value, at);
    return at;
  };
  const part = (value: unknown, stands: PlanPlace): Part => {
    if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
      return [place(value, stands)];
    const plain = plainPart(value);
    const open = stands === 'secret' ? hidden : typeof plain === 'string' ? openText(plain) : plain;
    if (open === plain) return plain;
    // Equal secrets have one number, and others have others: parts that differ in nothing else stay apart.
    const secret = JSON.stringify(plain);
    const number = met(secrets, secret, (known) => known);
    return ['s', number, String(open)];
  };
  place(root, 'plan');
  return { text: `[${nodes.join(',')}]`, secrets: [...secrets.keys()] };
}

function plainPart(value: unknown): Part {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value === undefined) return ['u', ''];
  if (typeof value === 'bigint') return ['n', String(value)];
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : ['d', Object.is(value, -0) ? '-0' : String(value)];
  if (ArrayBuffer.isView(value))
    return ['b', Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')];
  throw new PlanError(
    `A plan holds a value of type ${typeof value}, of which Spark knows nothing. Look at the values that its methods were given.`,
    { operation: 'build plan' },
  );
}

function sorted(value: object, part: (key: string, item: unknown) => Part): Readonly<Record<string, Part>> {
  return Object.fromEntries(sortedEntries(value).map(([key, item]) => [key, part(key, item)]));
}

/** In one order, so that what is numbered on the way has the same number whichever way an object was made. */
function sortedEntries(value: object): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function partsOf({ text, secrets }: PlanText): unknown {
  const values: unknown[] = [];
  const valueOfPart = (part: Part): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    const [kind, content] = part;
    if (typeof kind === 'number') return values[kind];
    // It was made above, as all parts were.
    if (kind === 's') return valueOfPart(JSON.parse(secrets[content] ?? 'null') as Part);
    if (kind === 'n') return BigInt(content ?? '');
    if (kind === 'd') return Number(content);
    return kind === 'b' ? new Uint8Array(Buffer.from(content ?? '', 'base64')) : undefined;
  };
  // It was made above.
  for (const node of JSON.parse(text) as readonly PlanNode[]) {
    const isArray = (given: PlanNode): given is readonly Part[] => Array.isArray(given);
    const entries = (): [string, unknown][] =>
      Object.entries(node).map(([key, item]: [string, Part]) => [key, valueOfPart(item)]);
    values.push(isArray(node) ? node.map(valueOfPart) : Object.fromEntries(entries()));
  }
  return values.at(-1);
}

/** What becomes of an id or a name that is met for the first time, given how many were met before. */
interface Names {
  idOf(known: number): bigint;
  variableOf(known: number): string;
}

function renamed(plan: Relation, { idOf, variableOf }: Names): Relation {
  const ids = new Map<bigint, bigint>();
  const variables = new Map<string, string>();
  /** A part that a plan has twice is one in the copy, too. */
  const copies = new Map<object, unknown>();
  const copyOf = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    const copy = copies.get(value) ?? (Array.isArray(value) ? value.map(copyOf) : copyOfParts(value));
    copies.set(value, copy);
    return copy;
  };
  const copyOfParts = (parts: object): object => {
    const entries = sortedEntries(parts).map(([key, item]): [string, unknown] => {
      if (key === 'planId' && typeof item === 'bigint') return [key, met(ids, item, idOf)];
      if (key === 'nameParts' && Array.isArray(item))
        return [key, item.map((name: string) => met(variables, name, variableOf))];
      return [key, copyOf(item)];
    });
    return Object.fromEntries(entries);
  };
  // Of the same shape: ids stay ids, and names stay names.
  return copyOf(plan) as Relation;
}

function met<K, V>(known: Map<K, V>, key: K, make: (known: number) => V): V {
  const value = known.get(key) ?? make(known.size);
  known.set(key, value);
  return value;
}
