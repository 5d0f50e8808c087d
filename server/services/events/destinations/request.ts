import type { ConnectionHttpParameters, HttpParameters } from '@aws-sdk/client-eventbridge'
import type { Asked } from '#kernel/outbound/call'
import type { Authorization } from './authorization.ts'
import type { ApiDestination } from './store.ts'

/** What goes over the wire to an API destination, and to the server of an OAuth client. */

export type Sent = Pick<Asked, 'url' | 'method' | 'headers'> & { readonly body?: string }

/** Headers that belong to the connection and its content: nobody sets them. Source: EventBridge user guide, API destinations. */
const OWN =
  /^(host|content-length|transfer-encoding|connection|upgrade|te|trailer|expect|keep-alive|accept-encoding|proxy-.*)$/

/**
 * The request of one event. Stars in the path are replaced in turn by what the target gives; of parameters that both give, the
 * connection's count. Source: EventBridge user guide, API destinations; API_HttpParameters.
 */
export function requestOf(
  { endpoint, method }: Pick<ApiDestination, 'endpoint' | 'method'>,
  authorization: Authorization,
  token: string | undefined,
  target: HttpParameters | undefined,
  input: string,
): Sent {
  const url = new URL(filled(endpoint, target?.PathParameterValues ?? []))
  const http = authorization.InvocationHttpParameters
  const query = new Map([
    ...Object.entries(target?.QueryStringParameters ?? {}),
    ...pairsOf(http?.QueryStringParameters),
  ])
  for (const [name, value] of query) url.searchParams.set(name, value)
  const headers = headersOf([
    ['content-type', 'application/json; charset=utf-8'],
    ['user-agent', 'Amazon/EventBridge/ApiDestinations'],
    ...Object.entries(target?.HeaderParameters ?? {}),
    ...pairsOf(http?.HeaderParameters),
    ...proof(authorization, token),
  ])
  if (method === 'GET' || method === 'HEAD') return { url: url.href, method, headers }
  return { url: url.href, method, headers, body: withParameters(input, pairsOf(http?.BodyParameters)) }
}

/** The request for a token of an OAuth client: its credentials in the body, or in the query of a GET. Source: RFC 6749, 4.4. */
export function tokenRequest(oauth: NonNullable<Authorization['OAuthParameters']>): Sent {
  const { ClientParameters: client, AuthorizationEndpoint: endpoint = '', HttpMethod: method = 'POST' } = oauth
  const http = oauth.OAuthHttpParameters
  const url = new URL(endpoint)
  for (const [name, value] of pairsOf(http?.QueryStringParameters)) url.searchParams.set(name, value)
  const form = new URLSearchParams([
    ['grant_type', 'client_credentials'],
    ['client_id', client?.ClientID ?? ''],
    ['client_secret', client?.ClientSecret ?? ''],
  ])
  for (const [name, value] of pairsOf(http?.BodyParameters)) form.set(name, value)
  const own = headersOf([['user-agent', 'Amazon/EventBridge/ApiDestinations'], ...pairsOf(http?.HeaderParameters)])
  if (method === 'GET') {
    for (const [name, value] of form) url.searchParams.set(name, value)
    return { url: url.href, method, headers: own }
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...own }
  return { url: url.href, method, headers, body: form.toString() }
}

function proof(
  { ApiKeyAuthParameters: key, BasicAuthParameters: basic }: Authorization,
  token: string | undefined,
): [string, string][] {
  if (key !== undefined) return [[key.ApiKeyName ?? '', key.ApiKeyValue ?? '']]
  if (basic !== undefined) {
    const both = Buffer.from(`${basic.Username}:${basic.Password}`, 'utf8').toString('base64')
    return [['authorization', `Basic ${both}`]]
  }
  return token === undefined ? [] : [['authorization', `Bearer ${token}`]]
}

function headersOf(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase()
    if (!OWN.test(lower)) headers[lower] = value
  }
  return headers
}

function filled(endpoint: string, values: readonly string[]): string {
  let at = 0
  return endpoint.replaceAll('*', () => encodeURIComponent(values[at++] ?? ''))
}

type Pairs = NonNullable<ConnectionHttpParameters['BodyParameters']>

const pairsOf = (pairs: Pairs | undefined): [string, string][] =>
  (pairs ?? []).flatMap(({ Key, Value }) => (Key === undefined || Key === '' ? [] : [[Key, Value ?? '']]))

/** Parameters get into the body when that is a JSON object. */
function withParameters(input: string, pairs: readonly (readonly [string, string])[]): string {
  if (pairs.length === 0) return input
  try {
    const value: unknown = JSON.parse(input)
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return input
    return JSON.stringify({ ...value, ...Object.fromEntries(pairs) })
  } catch {
    // no JSON: it goes out as it is
    return input
  }
}
