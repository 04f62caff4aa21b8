// Owns the contract of outputs that commit together: what a sink or a store that can do it adds to its own contract.

/** A group as each of its members sees it. Plain data. */
export interface Group {
  /** Never used before; letters, digits, `-` and `_`. */
  readonly id: string;
  /** For messages. */
  readonly name: string;
  /** What `place` told of each member, in the order of the group. At the last one's place the decision is kept. */
  readonly places: readonly string[];
}

/**
 * How an output takes part in a group, on the main thread. The order of calls: `place` of every member once it has begun;
 * `open` of the last member; `prepare` of every member, several at once; `decide` of the last one; `commit` of every
 * member, of the last one when all others have succeeded. `prepare`, `decide` and `commit` are called again after a temporary
 * error; instead of `decide`, or after it has failed, comes `abort`.
 *
 * What has to hold: until `decide` no member is visible, and after a crash none will be. Once `decide` has resolved, whatever
 * happens to this process, whoever next takes hold of one of the targets publishes all that is not published yet, the last
 * member last. `commit` then ignores its signal, and `abort` removes nothing.
 */
export interface GroupHalf<Staged, Whole> {
  /** Members must be of one kind: they find each other by their places. */
  readonly kind: string;
  /** Where another member finds what is staged, also after a crash. */
  place(context: Staged): string;
  /** Makes a decision possible. Decides nothing, and need not be durable. */
  open(context: Staged & { readonly group: Group }): Promise<void>;
  /** Puts on stable storage all that publishing needs, and which group it belongs to. Nothing is visible. */
  prepare(context: Whole & { readonly group: Group }): Promise<void>;
  /**
   * The one moment: resolves when it is on stable storage that all are published; rejects when none is. When that cannot be found
   * out, with a permanent TailraceError whose context has `decision: 'unknown'`: `abort` then removes
   * nothing that may be decided.
   */
  decide(context: Staged & { readonly group: Group }): Promise<void>;
}
