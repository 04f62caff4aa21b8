// Owns what a bad input is to the campaign: at which boundary it is handed in, how it is shown, how it is judged.
import type { Scene } from './scene.js';

export interface Trial {
  readonly boundary: string;
  /** What it was, for the message. */
  readonly shown: string;
  /** Whether files are written. */
  readonly isRun: boolean;
  /** Hands it in. Throws a Problem when it did not end as promised; true when it was accepted. */
  judge(scene: Scene): Promise<boolean>;
}
