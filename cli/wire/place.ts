import { readFileSync } from 'node:fs'
import type { Profile } from './profile.ts'
import { unusable, type WireSettings } from './settings.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Where calls go. */
export interface Place {
  readonly url: URL
  readonly region: string
  /** PEM, besides the certificate authorities that everybody trusts. */
  readonly ca: string | undefined
  /** True for AWS itself, which has no operations of our own. */
  readonly isAws: boolean
}

/**
 * Puts flags, environment and profile together, in the order of the AWS CLI; an explicit `aws` instead of an address is AWS. Nothing
 * said is no call to AWS by accident: it is a mistake. `ownProfile`: the profile was named for this very end, and its address goes
 * before the environment's. Throws Failure.
 */
export function placeOf(settings: WireSettings, profile: Profile, env: Env, ownProfile = false): Place {
  const region = regionOf(settings, profile, env, ownProfile)
  const said = endpointOf(settings, profile, env, ownProfile)
  if (said === undefined)
    throw unusable(
      'where is the server?',
      'say --endpoint-url URL, or set AWS_ENDPOINT_URL as strongroom dev prints it; --endpoint-url aws is AWS itself',
    )
  const isAws = said === 'aws'
  const url = isAws ? new URL(`https://secretsmanager.${region}.${suffixOf(region)}`) : addressOf(said)
  return { url, region, ca: authoritiesOf(settings, profile, env), isAws: isAws || isAmazon(url.hostname) }
}

function endpointOf(settings: WireSettings, profile: Profile, env: Env, ownProfile: boolean): string | undefined {
  if (settings.endpointUrl !== undefined) return settings.endpointUrl
  const ignored = (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? profile.values.ignore_configured_endpoint_urls) === 'true'
  if (ignored) return undefined
  const fromProfile = filled(profile.serviceEndpoint) ?? filled(profile.values.endpoint_url)
  const fromEnv = filled(env.AWS_ENDPOINT_URL_SECRETS_MANAGER) ?? filled(env.AWS_ENDPOINT_URL)
  return ownProfile ? (fromProfile ?? fromEnv) : (fromEnv ?? fromProfile)
}

function regionOf({ region }: WireSettings, profile: Profile, env: Env, ownProfile: boolean): string {
  const fromEnv = filled(env.AWS_REGION) ?? filled(env.AWS_DEFAULT_REGION)
  const fromProfile = filled(profile.values.region)
  const found = region ?? (ownProfile ? (fromProfile ?? fromEnv) : (fromEnv ?? fromProfile))
  if (found === undefined) throw unusable('in which region?', 'say --region REGION, or set AWS_REGION')
  // It becomes a part of a host's name.
  if (!/^[a-z0-9-]{1,40}$/.test(found)) throw unusable('the region is none', 'such as us-east-1')
  return found
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw unusable(
      'the endpoint is no http:// or https:// address',
      'such as https://secrets.example.com or http://127.0.0.1:4566',
    )
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw unusable(
      'the endpoint has more than host, port and path',
      'credentials belong in a profile or the environment',
    )
  return url
}

function authoritiesOf({ caBundle }: WireSettings, profile: Profile, env: Env): string | undefined {
  const path = caBundle ?? filled(env.AWS_CA_BUNDLE) ?? filled(profile.values.ca_bundle)
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw unusable(
      `the CA bundle ${path} cannot be read`,
      `a file in PEM: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`,
    )
  }
}

const filled = (text: string | undefined) => (text === undefined || text === '' ? undefined : text)
const suffixOf = (region: string) => (region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com')
const isAmazon = (host: string) => /(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$/.test(host)
