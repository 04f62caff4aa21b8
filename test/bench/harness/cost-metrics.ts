// Owns the names of figures that stand behind the figure of a case: what it cost. The page folds them away.

export const costMetrics = {
  cpu: 'CPU time',
  growth: 'memory in a round',
  resident: 'largest resident set',
  sync: 'sync afterwards, not counted',
} as const;

/** Whether a metric, with whatever a case has added to its name, is a cost. */
export function isCost(metric: string): boolean {
  return Object.values(costMetrics).some((name) => metric.startsWith(name));
}
