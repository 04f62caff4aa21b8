// Owns what is remembered of a simulated run: a hash of everything that happened, in order, and its last lines.

export interface Trace {
  add(line: string): void;
  /** Eight hexadecimal digits: equal for equal runs. */
  readonly hash: string;
  readonly lines: number;
  /** The last lines, oldest first. */
  tail(): readonly string[];
}

/** @param keep lines that `tail` gives at most */
export function createTrace(keep: number): Trace {
  const ring: string[] = [];
  let lines = 0;
  // FNV-1a (Fowler, Noll, Vo), over UTF-16 units.
  let hash = 0x811c9dc5;
  return {
    add(line) {
      for (let at = 0; at < line.length; at += 1) hash = Math.imul(hash ^ line.charCodeAt(at), 0x01000193);
      hash = Math.imul(hash ^ 10, 0x01000193);
      ring[lines % keep] = line;
      lines += 1;
    },
    get hash() {
      return (hash >>> 0).toString(16).padStart(8, '0');
    },
    get lines() {
      return lines;
    },
    tail: () => [...ring.slice(lines % keep), ...ring.slice(0, lines % keep)],
  };
}
