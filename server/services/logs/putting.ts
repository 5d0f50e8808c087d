import { hasRegex, MOST_WITH_REGEX } from './model/filters.ts'
import { invalidParameter, limitExceeded } from './model/refusals.ts'

/** Refuses one filter with expressions more than a group may have. */
export function checkRegexes(given: string, others: readonly { readonly pattern: string }[]): void {
  if (hasRegex(given) && others.filter(({ pattern }) => hasRegex(pattern)).length >= MOST_WITH_REGEX)
    throw limitExceeded()
}

/** Refuses what is about logs of several accounts, which are not gathered here. */
export function nothingMore(criteria: string | undefined, fields: readonly string[] | undefined): void {
  if ((criteria ?? '') !== '' || (fields ?? []).length > 0)
    throw invalidParameter('System fields are only in centralized log groups.')
}
