import { invalid, invalidInput, quotaExceeded } from './refusals.ts'

/** Source: access.md 3.2. */
const MOST_CLIENT_IDS = 100
const MOST_THUMBPRINTS = 5

const HOST = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*'
/** Of a path (RFC 3986), but for the asterisk, which is a wildcard wherever a policy names the provider. */
const PATH = "(?:/(?:[A-Za-z0-9._~!$&'()+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
const URL = new RegExp(`^https://(${HOST}${PATH})$`)

/**
 * The URL of an issuer without its scheme, to the letter: a slash at the end counts. No port, user, query and fragment. Throws
 * InvalidInput. Source: API_CreateOpenIDConnectProvider, access.md 3.2, 3.5.
 */
export function providerUrl(text: string): string {
  const url = URL.exec(text)?.[1]
  if (url === undefined) throw invalidInput('Invalid Open ID Connect Provider URL')
  return url
}

/** Account and URL in the ARN of a provider; undefined when it is the ARN of something else. Throws ValidationError for no ARN. */
export function providerIn(arn: string): { readonly account: string; readonly url: string } | undefined {
  if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:./s.test(arn)) throw invalid('Invalid ARN:  Could not be parsed!')
  const found = /^arn:aws:iam::([0-9]{12}):oidc-provider\/(.+)$/s.exec(arn)
  return found === null ? undefined : { account: found[1] as string, url: found[2] as string }
}

/** Client ids, each once, in their order. Throws LimitExceeded. */
export function clientIds(ids: readonly string[] | undefined): readonly string[] {
  const each = [...new Set(ids)]
  if (each.length > MOST_CLIENT_IDS) throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', MOST_CLIENT_IDS)
  return each
}

/**
 * Thumbprints of certificates; none: the keys of the provider are fetched as public certificates allow. Throws InvalidInput; the
 * text for what is no hexadecimal number is assumed.
 */
export function thumbprintsOf(list: readonly string[] | undefined): readonly string[] {
  const given = list ?? []
  // AWS's words; five are allowed.
  if (given.length > MOST_THUMBPRINTS) throw invalidInput('Thumbprint list must contain fewer than 5 entries.')
  for (const one of given) if (!/^[0-9A-Fa-f]{40}$/.test(one)) throw invalidInput('Invalid thumbprint.')
  return given
}
