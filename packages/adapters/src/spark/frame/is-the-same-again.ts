// Owns whether a plan is the same to Spark whenever it is analysed, as far as that can be told from the plan: then what Spark keeps
// of it is found again. What is not known for the same is not. Pure.
import { drawing } from '../column/drawing.js';
import type { Expression } from '../protocol/expression.js';
import type { Relation } from '../protocol/relation.js';

/** Tables may be views, and queries hold what they like. */
const relations = new Set(
  (
    'project filter join setOp sort limit offset aggregate sample deduplicate range subqueryAlias repartition ' +
    'repartitionByExpression toDf withColumns withColumnsRenamed drop unpivot fillNa dropNa replace'
  ).split(' '),
);

/** Of files, whose relation is the one of their paths. */
const formats = new Set(['parquet', 'orc', 'csv', 'json']);

const expressions = new Set(
  (
    'literal unresolvedAttribute unresolvedStar alias cast sortOrder window unresolvedExtractValue updateFields ' +
    'unresolvedFunction'
  ).split(' '),
);

/** Of values alone. Those of lambdas, of the time and of where a row is are left out. */
const functions = new Set(
  (
    '== <=> > >= < <= and or not + - * / % & | ^ like ilike rlike contains startsWith endsWith in isNull isNotNull isNaN negative ' +
    'abs acos add_months approx_count_distinct array array_append array_compact array_contains array_distinct array_except ' +
    'array_intersect array_join array_max array_min array_position array_remove array_repeat array_size array_union ' +
    'arrays_overlap arrays_zip ascii asin atan atan2 avg base64 bin bit_and bit_length bit_or bit_xor bool_and bool_or bround cbrt ' +
    'ceil char coalesce collect_list collect_set concat concat_ws conv corr cos cosh count count_if covar_pop covar_samp crc32 ' +
    'cume_dist date_add date_format date_from_unix_date date_sub date_trunc datediff day dayofweek dayofyear decode degrees ' +
    'dense_rank element_at encode exp explode explode_outer expm1 factorial first flatten floor format_number format_string ' +
    'from_json from_unixtime from_utc_timestamp get_json_object greatest grouping hash hex hour hypot if ifnull initcap instr ' +
    'kurtosis lag last last_day lead least length levenshtein ln locate log log10 log1p log2 lower lpad ltrim make_date map ' +
    'map_concat map_contains_key map_entries map_from_arrays map_from_entries map_keys map_values max max_by md5 median min ' +
    'min_by minute mode month months_between nanvl next_day ntile nullif octet_length percent_rank percentile ' +
    'percentile_approx pmod posexplode power product quarter radians rank regexp_extract regexp_replace repeat replace reverse ' +
    'rint round row_number rpad rtrim second sequence sha1 sha2 shiftleft shiftright signum sin sinh size skewness slice ' +
    'sort_array soundex split sqrt stddev stddev_pop string_agg struct substr substring substring_index sum tan tanh ' +
    'timestamp_micros timestamp_millis timestamp_seconds to_date to_json to_timestamp to_utc_timestamp translate trim trunc ' +
    'typeof unbase64 unhex unix_date unix_micros unix_millis unix_seconds upper var_pop variance weekday weekofyear when ' +
    'xxhash64 year'
  ).split(' '),
);

export function isTheSameAgain(plan: Relation): boolean {
  const seen = new Set<object>();
  const left: object[] = [plan];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (seen.has(next) || ArrayBuffer.isView(next)) continue;
    seen.add(next);
    // Whatever has such a part is of the one kind or the other.
    if ('relType' in next && !isKnownRelation(next as Relation)) return false;
    if ('exprType' in next && !isKnownExpression(next as Expression)) return false;
    for (const value of Object.values(next))
      if (typeof value === 'object' && value !== null) left.push(value);
  }
  return true;
}

function isKnownRelation({ relType }: Relation): boolean {
  if (relType.case !== 'read') return relations.has(relType.case);
  const { readType } = relType.value;
  return readType.case === 'dataSource' && formats.has(readType.value.format ?? '');
}

function isKnownExpression({ exprType }: Expression): boolean {
  if (exprType.case !== 'unresolvedFunction') return expressions.has(exprType.case);
  const { functionName, arguments: given } = exprType.value;
  const besidesSeed = drawing.get(functionName);
  if (besidesSeed === undefined) return functions.has(functionName);
  return given.length > besidesSeed && given.at(-1)?.exprType.case === 'literal';
}
