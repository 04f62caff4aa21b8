// Owns what is wrong with a text that should be a value; whoever knows where it stands makes an error of it.

/** What is wrong with a text, as the end of a sentence that begins with the text. */
export class TextProblem extends Error {
  override readonly name = 'TextProblem';
}
