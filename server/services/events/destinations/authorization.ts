import type {
  ConnectionAuthResponseParameters,
  ConnectionAuthorizationType,
  ConnectionHttpParameters,
  UpdateConnectionAuthRequestParameters,
} from '@aws-sdk/client-eventbridge'
import { invalid } from '../model/refusals.ts'

/** How calls of a connection prove who makes them: as it is given, as it is shown, and as it stands in the secret of the connection. */

/** All of it, secrets included: what the secret holds, under AWS's names of members. */
export type Authorization = Omit<UpdateConnectionAuthRequestParameters, 'ConnectivityParameters'>

const BY_TYPE = {
  API_KEY: 'ApiKeyAuthParameters',
  BASIC: 'BasicAuthParameters',
  OAUTH_CLIENT_CREDENTIALS: 'OAuthParameters',
} as const

/** Longest text of all of it, as secrets are. */
const MOST_BYTES = 65_536

/**
 * What a request gives, over what is known (for an update). Throws ValidationException when it does not fit the type.
 * Assumed: the texts.
 */
export function authorizationOf(
  type: ConnectionAuthorizationType,
  given: Authorization | undefined,
  known: Authorization = {},
): Authorization {
  const member = BY_TYPE[type]
  for (const other of Object.values(BY_TYPE)) {
    if (other !== member && given?.[other] !== undefined)
      throw invalid(`AuthParameters ${other} can't be used with AuthorizationType ${type}.`)
  }
  const old = known[member] as Readonly<Record<string, unknown>> | undefined
  const own = { ...old, ...given?.[member] } as Record<string, unknown>
  const oauth = given?.OAuthParameters?.ClientParameters
  if (type === 'OAUTH_CLIENT_CREDENTIALS' && oauth !== undefined)
    own.ClientParameters = { ...known.OAuthParameters?.ClientParameters, ...oauth }
  const authorization: Authorization = { [member]: own }
  const http = given?.InvocationHttpParameters ?? known.InvocationHttpParameters
  if (http !== undefined) authorization.InvocationHttpParameters = http
  if (!isWhole(authorization)) throw invalid(`AuthParameters ${member} is required for AuthorizationType ${type}.`)
  const { AuthorizationEndpoint } = authorization.OAuthParameters ?? {}
  if (AuthorizationEndpoint !== undefined) checkEndpoint(AuthorizationEndpoint, 'AuthorizationEndpoint')
  if (Buffer.byteLength(JSON.stringify(authorization)) > MOST_BYTES) throw invalid('AuthParameters are too large.')
  return authorization
}

function isWhole({
  ApiKeyAuthParameters: key,
  BasicAuthParameters: basic,
  OAuthParameters: oauth,
}: Authorization): boolean {
  if (key !== undefined) return key.ApiKeyName !== undefined && key.ApiKeyValue !== undefined
  if (basic !== undefined) return basic.Username !== undefined && basic.Password !== undefined
  const { ClientParameters: client, AuthorizationEndpoint, HttpMethod } = oauth ?? {}
  return [client?.ClientID, client?.ClientSecret, AuthorizationEndpoint, HttpMethod].every((text) => text !== undefined)
}

/** Refuses what is no https URL; a star stands for a part of its path that each target gives. Assumed: the text. */
export function checkEndpoint(text: string, member: string): void {
  const url = URL.parse(text)
  if (
    url === null ||
    url.protocol !== 'https:' ||
    url.username !== '' ||
    url.password !== '' ||
    url.hostname.includes('*')
  )
    throw invalid(`${member} must be an https URL without credentials.`)
}

/** The same without what is secret. */
export function shownAuthorization({
  ApiKeyAuthParameters: key,
  BasicAuthParameters: basic,
  OAuthParameters: oauth,
  InvocationHttpParameters: http,
}: Authorization): ConnectionAuthResponseParameters {
  const oauthHttp = shownHttp(oauth?.OAuthHttpParameters)
  const shown = shownHttp(http)
  return {
    ...(key && { ApiKeyAuthParameters: { ApiKeyName: key.ApiKeyName } }),
    ...(basic && { BasicAuthParameters: { Username: basic.Username } }),
    ...(oauth && {
      OAuthParameters: {
        ClientParameters: { ClientID: oauth.ClientParameters?.ClientID },
        AuthorizationEndpoint: oauth.AuthorizationEndpoint,
        HttpMethod: oauth.HttpMethod,
        ...(oauthHttp && { OAuthHttpParameters: oauthHttp }),
      },
    }),
    ...(shown && { InvocationHttpParameters: shown }),
  }
}

interface Pair {
  readonly Key?: string | undefined
  readonly Value?: string | undefined
  readonly IsValueSecret?: boolean | undefined
}

// Assumed: a parameter of which nothing is said is no secret, as in the console.
const shownPairs = <P extends Pair>(pairs: readonly P[] | undefined) =>
  pairs?.map(({ Key, Value, IsValueSecret = false }) => ({ Key, ...(IsValueSecret ? {} : { Value }), IsValueSecret }))

function shownHttp(http: ConnectionHttpParameters | undefined): ConnectionHttpParameters | undefined {
  if (http === undefined) return undefined
  const headers = shownPairs(http.HeaderParameters)
  const query = shownPairs(http.QueryStringParameters)
  const body = shownPairs(http.BodyParameters)
  return {
    ...(headers && { HeaderParameters: headers }),
    ...(query && { QueryStringParameters: query }),
    ...(body && { BodyParameters: body }),
  }
}
