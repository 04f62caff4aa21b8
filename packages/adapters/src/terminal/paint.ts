// Owns colour: which one a state has, and whether there is any. It never measures or cuts text.

export interface Paint {
  /** Colours `text` as belongs to `state`. */
  state(state: string, text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

/** @param colours false for text without escape sequences */
export function paint(colours: boolean): Paint {
  const style =
    (code: number) =>
    (text: string): string =>
      colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  const red = style(31);
  const green = style(32);
  const yellow = style(33);
  const cyan = style(36);
  const faint = style(2);
  const byState: Record<string, (text: string) => string> = {
    queued: faint,
    idle: faint,
    active: cyan,
    running: cyan,
    flushing: cyan,
    done: green,
    completed: green,
    failed: red,
    aborting: yellow,
    cancelled: yellow,
  };
  return {
    state: (state, text) => (byState[state] ?? ((plain) => plain))(text),
    strong: style(1),
    faint,
  };
}
