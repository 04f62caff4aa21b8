// Owns the question whether functions may be made from text: some hosts bar it (--disallow-code-generation-from-strings).

let allowed: boolean | undefined;

/** True where `new Function` works. Asked once. */
export function mayGenerateCode(): boolean {
  if (allowed === undefined) {
    try {
      allowed = new Function('return true')() === true;
    } catch {
      // An EvalError says that the host bars it; the callers have a slower way.
      allowed = false;
    }
  }
  return allowed;
}
