// Owns the check that no two partition directories are one on a file system that ignores case or Unicode form.
import { ValueError } from '../errors/named-errors.js';

export interface CollisionGuard {
  /**
   * Takes note of a directory: `a=1/b=2`.
   * @throws ValueError when one of its levels differs from a directory seen before only by case or Unicode form
   */
  add(directory: string): void;
}

/** Watches over the directories of one dataset; holds each level of each directory once. */
export function createCollisionGuard(output: string): CollisionGuard {
  const seen = new Map<string, string>();
  return {
    add(directory) {
      for (let end = directory.indexOf('/'); ; end = directory.indexOf('/', end + 1)) {
        const path = end < 0 ? directory : directory.slice(0, end);
        const key = fold(path);
        const other = seen.get(key);
        if (other === undefined) seen.set(key, path);
        else if (other !== path) throw collision(output, other, path);
        if (end < 0) return;
      }
    },
  };
}

/** Upper case first: full case folding, so that `ß` meets `ss` as on macOS. */
function fold(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

function collision(output: string, one: string, other: string): ValueError {
  return new ValueError(
    `Output "${output}" has the partitions ${JSON.stringify(one)} and ${JSON.stringify(other)}, which are one directory on ` +
      `file systems that ignore case or normalise names (macOS, Windows). Bring the values to one form in a stage.`,
    { operation: 'split batch', context: { output, one, other } },
  );
}
