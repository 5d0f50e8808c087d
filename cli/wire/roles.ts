import { now, Secret, signed } from '@strongroom/server/wire'
import { Failure } from '../command.ts'
import { plain } from '../style.ts'
import type { Place } from './place.ts'
import { unreachable } from './refusal.ts'
import { NoAnswer, Transport } from './transport.ts'

type Env = Readonly<Record<string, string | undefined>>

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** What AssumeRole, or the same with a web identity, is asked for. */
interface Asked {
  readonly RoleArn?: string | undefined
  readonly RoleSessionName?: string | undefined
  readonly ExternalId?: string | undefined
  readonly SerialNumber?: string | undefined
  readonly TokenCode?: string | undefined
  readonly DurationSeconds?: number | undefined
  readonly WebIdentityToken?: string | undefined
  readonly ProviderId?: string | undefined
  readonly Policy?: string | undefined
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined
}

type Assumed = Keys & { readonly expiration: Date }

/**
 * How the roles of a profile are taken on when the secrets are not at AWS: at the same server, which knows them, and nowhere else. AWS's own
 * library would ask AWS. Of AWS_ENDPOINT_URL_STS it goes there. Nothing for AWS itself: its library knows best.
 */
export function roleAssumers(place: Place, env: Env) {
  if (place.isAws) return {}
  const said = env.AWS_ENDPOINT_URL_STS
  const at = said === undefined || !URL.canParse(said) ? place : { ...place, url: new URL(said) }
  return {
    roleAssumer: (keys: Keys, asked: Asked) => assume(at, env, 'AssumeRole', asked, keys),
    roleAssumerWithWebIdentity: (asked: Asked) => assume(at, env, 'AssumeRoleWithWebIdentity', asked),
  }
}

/** Asks STS, by AWS Query. Throws Failure with its refusal. */
async function assume(place: Place, env: Env, operation: string, asked: Asked, keys?: Keys): Promise<Assumed> {
  const body = new URLSearchParams({ Action: operation, Version: '2011-06-15' })
  const { PolicyArns = [], ...plainly } = asked
  for (const [name, value] of Object.entries(plainly)) if (value !== undefined) body.set(name, String(value))
  for (const [at, { arn = '' }] of PolicyArns.entries()) body.set(`PolicyArns.member.${at + 1}.arn`, arn)
  const text = body.toString()
  const transport = new Transport(place, env)
  try {
    const answer = await transport.send(headersOf(place, text, keys), text)
    const member = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer.body)?.[1]
    const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map(member)
    if (answer.status === 200 && accessKeyId && secretAccessKey && sessionToken)
      return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(member('Expiration') ?? now()) }
    const why = `${member('Code') ?? `HTTP status ${answer.status}`}: ${member('Message') ?? 'no reason was given'}`
    throw new Failure(
      `the role ${plain(asked.RoleArn ?? '').slice(0, 200)} cannot be assumed: ${plain(why).slice(0, 1000)}`,
      'does its trust policy let you in, and do your own policies allow sts:AssumeRole?',
    )
  } catch (error) {
    throw error instanceof NoAnswer ? unreachable(error, place) : error
  } finally {
    transport.close()
  }
}

/** A web identity proves itself by its token: nothing is signed. */
function headersOf({ url, region }: Place, body: string, keys: Keys | undefined): Record<string, string> {
  if (keys === undefined) return { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', host: url.host }
  const { accessKeyId, secretAccessKey, sessionToken } = keys
  return signed(
    {
      accessKeyId,
      secretAccessKey: new Secret(secretAccessKey),
      sessionToken: sessionToken === undefined ? undefined : new Secret(sessionToken),
      region,
    },
    { service: 'sts', host: url.host, path: url.pathname, body, now: now() },
  )
}
