// Owns what has changed since the last line that was printed, and whether that is worth a line at once. It reads no clock.
import type { OutputProgress, RunProgress } from '@tailrace/core';
import { mostListed } from './plain-view.js';

export interface Changes {
  /** Outputs whose state is another than in the last line. */
  readonly outputs: readonly OutputProgress[];
  readonly isUrgent: boolean;
}

export interface ChangesTold {
  since(progress: RunProgress): Changes;
  /** A line has told of this. */
  tell(progress: RunProgress): void;
}

export function createChanges(): ChangesTold {
  let toldState: string | undefined;
  let hasToldFailure = false;
  let told = new Map<string, string>();
  return {
    since({ state, outputs }) {
      const changed = outputs.filter((output) => output.state !== (told.get(output.name) ?? 'queued'));
      // Many outputs change all the time: of these only the first failure cannot wait.
      const matters = outputs.length <= mostListed ? changed : hasToldFailure ? [] : changed.filter(isFailed);
      return { outputs: changed, isUrgent: state !== toldState || matters.length > 0 };
    },
    tell({ state, outputs }) {
      toldState = state;
      hasToldFailure = outputs.some(isFailed);
      told = new Map(outputs.map((output) => [output.name, output.state]));
    },
  };
}

const isFailed = ({ state }: OutputProgress): boolean => state === 'failed';
