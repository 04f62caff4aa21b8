// Owns whether a plan is made of another one: of that very object, as frames are that were made of it in this process. Pure.
import type { Relation } from '../protocol/relation.js';

export function isWithin(part: Relation, whole: Relation): boolean {
  const seen = new Set<object>();
  const left: object[] = [whole];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next === part) return true;
    if (seen.has(next) || ArrayBuffer.isView(next)) continue;
    seen.add(next);
    for (const value of Object.values(next))
      if (typeof value === 'object' && value !== null) left.push(value);
  }
  return false;
}
