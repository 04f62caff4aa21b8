// Owns which parts of a plan are secret, as far as that can be told: options and named arguments by their names, texts by their
// form. Pure.
import { hidden, withoutSqlSecrets } from '../client/sql-secrets.js';
import { isSecretOption } from './options.js';

/** Where a part of a plan stands. */
export type PlanPlace = 'plan' | 'options' | 'secret';

/** Fields of relations whose keys are names that users give: options of a format or a table, and arguments of a query. */
const named = new Set(['options', 'namedArguments']);

/** Where a part stands that has a key, within one that stands somewhere. */
export function placeUnder(key: string, above: PlanPlace): PlanPlace {
  if (above === 'secret' || (above === 'options' && isSecretOption(key))) return 'secret';
  return above === 'plan' && named.has(key) ? 'options' : 'plan';
}

/**
 * `password 'x'`, wherever it stands: SQL wants no sign between the two. What is hidden here without need is not lost, as it goes
 * with the secrets.
 */
const sqlOption =
  /((?:secret|passw|token|credential|[._-]?key)[\w.]{0,100}["'`]?\s+)(['"])[\s\S]*?(?<!\\)(?:\\\\)*\2/gi;

/** The text as it may be written down: the same where nothing in it has the form of a secret. */
export const openText = (text: string): string => withoutSqlSecrets(text).replace(sqlOption, `$1${hidden}`);
