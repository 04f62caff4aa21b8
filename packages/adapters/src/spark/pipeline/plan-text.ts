// Owns plans as texts: the same for the same plan, whichever session made it, and back with ids that no other plan has.
import { deserialize, serialize } from 'node:v8';
import type { Relation } from '../protocol/relation.js';

/**
 * The plan as base64. Ids of relations and names of variables, which differ from session to session, are numbered anew, so that a
 * resumed job finds that a stage has given the same as before.
 */
export function textOfPlan(plan: Relation): string {
  const numbered = renamed(plan, {
    idOf: (known) => BigInt(known + 1),
    variableOf: (known) => `v_${known + 1}`,
  });
  return serialize(numbered).toString('base64');
}

/** @param newId gives ids that no other plan of the session has: the server answers what it has seen under an id from memory */
export function planOfText(text: string, newId: () => bigint): Relation {
  const plan: unknown = deserialize(Buffer.from(text, 'base64'));
  // It was made above, in another thread of this process or in an earlier one.
  return renamed(plan as Relation, { idOf: newId, variableOf: (known) => `v_${known + 1}` });
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
    const entries = Object.entries(parts).map(([key, item]: [string, unknown]): [string, unknown] => {
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
