// Owns the frame of a part of the page: its title, and that an error within it leaves the other parts standing.
import type { ComponentChildren } from 'preact';
import { useErrorBoundary, useRef } from 'preact/hooks';
import { type Beat, useBeat } from './beat.js';

export interface SectionProps extends Omit<Beat, 'draw'> {
  readonly title: string;
  readonly isWide?: boolean;
  /** Draws what is within it; called when it is to be drawn again. */
  readonly children: Beat['draw'];
}

export function Section({ title, isWide = false, children, ...beat }: SectionProps): ComponentChildren {
  const place = useRef<HTMLElement>(null);
  const content = useBeat(place, { ...beat, draw: children });
  return (
    <section ref={place} class={isWide ? 'wide' : undefined}>
      <h2>{title}</h2>
      <Guarded>{content}</Guarded>
    </section>
  );
}

/** Shows what is within it, or that it failed. */
export function Guarded({ children }: { readonly children: ComponentChildren }): ComponentChildren {
  const [error, tryAgain] = useErrorBoundary();
  if (error === undefined) return children;
  return (
    <p class="hint">
      {`This part cannot be shown: ${String(error)} `}
      <button type="button" onClick={tryAgain}>
        Try again
      </button>
    </p>
  );
}
