// Owns what plans are made of: those very objects, as frames have in common that were made of one in this process. Pure.
import type { Relation } from '../protocol/relation.js';

/** The plans and everything in them. Each part is looked at once, however many plans have it. */
export function partsOf(plans: Iterable<Relation>): ReadonlySet<object> {
  const parts = new Set<object>();
  const left: object[] = [...plans];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (parts.has(next) || ArrayBuffer.isView(next)) continue;
    parts.add(next);
    for (const value of Object.values(next))
      if (typeof value === 'object' && value !== null) left.push(value);
  }
  return parts;
}
