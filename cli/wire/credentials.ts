import { Secret } from '@strongroom/server/wire'
import { exit, Failure, type Io } from '../command.ts'
import { filesOf, type Profile } from './profile.ts'
import type { Place } from './place.ts'
import { roleAssumers } from './roles.ts'
import type { WireSettings } from './settings.ts'

/** What requests are signed with. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret | undefined
  /** When they end, in milliseconds. */
  readonly expires: number | undefined
}

/** Gives credentials that are good now. */
export type CredentialSource = () => Promise<Credentials>

/** Before they end they are asked for anew. */
const MARGIN_MS = 60_000

interface Found {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  readonly expiration?: Date | undefined
}

/**
 * Credentials in the AWS CLI's order: those of a profile that was named on the command line; the environment's; those of
 * AWS_PROFILE or `default`, with all that a profile may say (role_arn, SSO, a process, a web identity); of the container; of the machine.
 */
export function credentialsOf(
  settings: WireSettings,
  profile: Profile,
  place: Place,
  io: Io,
  now: () => number,
): CredentialSource {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: key, AWS_SESSION_TOKEN: token } = io.env
  if (settings.profile === undefined && id && key) {
    const fixed = kept({ accessKeyId: id, secretAccessKey: key, sessionToken: token || undefined })
    return async () => fixed
  }
  const { aws_access_key_id, aws_secret_access_key, aws_session_token } = profile.values
  if (aws_access_key_id && aws_secret_access_key && profile.values.role_arn === undefined) {
    const fixed = kept({
      accessKeyId: aws_access_key_id,
      secretAccessKey: aws_secret_access_key,
      sessionToken: aws_session_token || undefined,
    })
    return async () => fixed
  }
  let current: Credentials | undefined
  return async () => {
    if (current?.expires !== undefined && current.expires - MARGIN_MS < now()) current = undefined
    current ??= kept(await provided(settings, profile, place, io))
    return current
  }
}

const silent = () => undefined
const SILENT = { debug: silent, info: silent, warn: silent, error: silent }

/** What the profile needs more than keys for: loaded when it is needed, since it is large. */
async function provided(settings: WireSettings, profile: Profile, place: Place, io: Io): Promise<Found> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  const { askSecret } = io
  try {
    return await defaultProvider({
      ...filesOf(io.env),
      ...roleAssumers(place, io.env),
      ...(settings.profile !== undefined || profile.name !== 'default' ? { profile: profile.name } : {}),
      ...(askSecret && { mfaCodeProvider: (serial: string) => askSecret(`code of the MFA device ${serial}: `) }),
      ignoreCache: true,
      timeout: 1000,
      maxRetries: 0,
      logger: SILENT,
    })()
  } catch (error) {
    if (error instanceof Failure) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new Failure(
      `there are no credentials: ${why.slice(0, 300)}`,
      'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile',
      exit.usage,
      error,
    )
  }
}

const kept = ({ accessKeyId, secretAccessKey, sessionToken, expiration }: Found): Credentials => ({
  accessKeyId,
  secretAccessKey: new Secret(secretAccessKey),
  sessionToken: sessionToken === undefined ? undefined : new Secret(sessionToken),
  expires: expiration?.getTime(),
})
