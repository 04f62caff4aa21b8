// Owns the bound on how many names metrics tell apart: names come from users, and each costs memory for ever.

const other = '(other)';

export interface Series {
  pipeline(name: string): { readonly pipeline: string };
  /** @param part name of an output or a source */
  part(pipeline: string, part: string): { readonly pipeline: string; readonly part: string };
}

/** @param most names of pipelines, and of their parts, that are told apart; later ones are `(other)` */
export function createSeries(most: number): Series {
  const pipelines = new Set<string>();
  const parts = new Set<string>();
  const bounded = (known: Set<string>, key: string, name: string): string => {
    if (known.has(key)) return name;
    if (known.size >= most) return other;
    known.add(key);
    return name;
  };
  return {
    pipeline: (name) => ({ pipeline: bounded(pipelines, name, name) }),
    part: (pipeline, part) => ({
      pipeline: bounded(pipelines, pipeline, pipeline),
      part: bounded(parts, JSON.stringify([pipeline, part]), part),
    }),
  };
}
