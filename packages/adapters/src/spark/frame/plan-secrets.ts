// Owns which parts of a plan are secret, as far as that can be told: options and named arguments by their names, texts by their
// form. Pure.
import { statementWithoutSecrets } from '../client/sql-secrets.js';
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
 * The text as it may be written down: the same where nothing in it has the form of a secret. What is hidden here without need is not
 * lost, as it goes with the secrets.
 */
export const openText: (text: string) => string = statementWithoutSecrets;
