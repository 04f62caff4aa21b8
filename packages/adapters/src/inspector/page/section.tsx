// Owns the frame of a part of the page: its title, and that an error within it leaves the other parts standing.
import type { ComponentChildren } from 'preact';
import { useErrorBoundary } from 'preact/hooks';

export interface SectionProps {
  readonly title: string;
  readonly isWide?: boolean;
  readonly children: ComponentChildren;
}

export function Section({ title, isWide = false, children }: SectionProps): ComponentChildren {
  return (
    <section class={isWide ? 'wide' : undefined}>
      <h2>{title}</h2>
      <Guarded>{children}</Guarded>
    </section>
  );
}

/** Shows what is within it, or that it failed. */
export function Guarded({ children }: Pick<SectionProps, 'children'>): ComponentChildren {
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
