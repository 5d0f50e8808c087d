import type { Listed } from '../../services/secretsmanager/administration.ts'
import type { Overseen } from '../../services/secretsmanager/oversight.ts'

const DAY_MS = 86_400_000

export const SEVERITIES = ['low', 'medium', 'high'] as const
export type Severity = (typeof SEVERITIES)[number]

/** What may be wrong with a secret. */
export type Check =
  | 'public'
  | 'rotation-failing'
  | 'rotation-overdue'
  | 'readable-by-many'
  | 'other-accounts'
  | 'never-rotated'
  | 'rotation-off'
  | 'pending-deletion'
  | 'default-key'
  | 'old-previous'
  | 'old-versions'
  | 'no-tags'

/** Something that is not as it should be. */
export interface Finding {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly arn: string
  readonly check: Check
  readonly severity: Severity
  readonly why: string
  readonly hint: string
}

/** From when on something is worth telling. */
export interface Bounds {
  /** Principals that may read a secret. */
  readonly readers: number
  /** Days that a value without rotation, and an old one, may last. */
  readonly days: number
}

/** What is known of one secret besides its row. */
export interface Known {
  readonly secret: Overseen
  readonly rotation: Listed | undefined
  /** How many principals may read it, counted up to one more than are allowed; undefined: not asked. */
  readonly readers: number | undefined
  readonly now: number
  readonly bounds: Bounds
}

interface Told {
  readonly severity: Severity
  readonly why: string
  readonly hint: string
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`
const since = (time: number, now: number) => count(Math.floor((now - time) / DAY_MS), 'day')
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10)

/** What each check finds. Who a service keeps a secret for can't rotate, tag or share it otherwise: its own service does. */
const CHECKS: Readonly<Record<Check, (known: Known) => Told | undefined>> = {
  public: ({ secret }) =>
    secret.public
      ? {
          severity: 'high',
          why: 'its resource policy lets everybody read or change it',
          hint: 'name principals, or confine it by aws:PrincipalOrgID or aws:SourceAccount; put it with --block-public-policy',
        }
      : undefined,
  'rotation-failing': ({ rotation }) => {
    const failure = rotation?.failure ?? rotation?.test?.failure
    if (rotation === undefined || rotation.state.name === 'off' || failure === undefined) return undefined
    return {
      severity: 'high',
      why: `its rotation fails: ${failure}`,
      hint: 'strongroom rotation show NAME says where it stopped',
    }
  },
  'rotation-overdue': ({ rotation, now }) =>
    rotation?.state.overdueSince === undefined
      ? undefined
      : {
          severity: 'high',
          why: `its rotation is overdue, for ${since(rotation.state.overdueSince, now)}`,
          hint: 'strongroom rotation show NAME, then retry',
        },
  'readable-by-many': ({ readers, bounds }) =>
    readers === undefined || readers <= bounds.readers
      ? undefined
      : {
          severity: 'medium',
          why: `more than ${bounds.readers} principals may read it`,
          hint: 'strongroom access who-can secretsmanager:GetSecretValue on it tells who, and by which statement',
        },
  'other-accounts': ({ secret: { others } }) =>
    others.length === 0
      ? undefined
      : {
          severity: 'medium',
          why: `its resource policy lets in ${others.length === 1 ? 'account' : 'accounts'} ${others.slice(0, 5).join(', ')}`,
          hint: 'if nobody there needs it any more, take the statement away',
        },
  'never-rotated': ({ secret, rotation, now, bounds }) => {
    if (secret.owningService !== undefined || secret.purgeAt !== undefined || secret.currentAt === undefined)
      return undefined
    if (now - secret.currentAt < bounds.days * DAY_MS) return undefined
    if (rotation?.lastAt !== undefined || secret.rotates === true) return undefined
    return {
      severity: 'medium',
      why: `it was never rotated, and its value is ${since(secret.currentAt, now)} old`,
      hint: 'set a rotation up (RotateSecret), or put a new value',
    }
  },
  'rotation-off': ({ secret, rotation }) =>
    secret.rotates === false && secret.purgeAt === undefined && rotation?.state.name === 'off'
      ? { severity: 'medium', why: 'it has a rotation, which is off', hint: 'RotateSecret turns it on again' }
      : undefined,
  'pending-deletion': ({ secret: { purgeAt } }) =>
    purgeAt === undefined
      ? undefined
      : { severity: 'low', why: `it will be deleted on ${dayOf(purgeAt)}`, hint: 'RestoreSecret keeps it' },
  'default-key': ({ secret: { defaultKey, owningService } }) =>
    defaultKey !== true || owningService !== undefined
      ? undefined
      : {
          severity: 'low',
          why: 'it is encrypted under the key of the service, aws/secretsmanager, and no key of yours',
          hint: 'UpdateSecret with a KmsKeyId: its policy then decides too, also for other accounts',
        },
  'old-previous': ({ secret: { previousSince, owningService }, now, bounds }) =>
    previousSince === undefined || owningService !== undefined || now - previousSince < bounds.days * DAY_MS
      ? undefined
      : {
          severity: 'low',
          why: `AWSPREVIOUS still holds the value that was replaced ${since(previousSince, now)} ago`,
          hint: 'if it may still open something, rotate; UpdateSecretVersionStage takes the label off',
        },
  'old-versions': ({ secret: { deprecated, deprecatedAt }, now, bounds }) =>
    deprecated === 0 || deprecatedAt === undefined || now - deprecatedAt < bounds.days * DAY_MS
      ? undefined
      : {
          severity: 'low',
          why: `it keeps ${count(deprecated, 'version')} without a label, the oldest of ${dayOf(deprecatedAt)}`,
          hint: 'they can still be read by their ids, until new versions take their place',
        },
  'no-tags': ({ secret: { tags, owningService } }) =>
    Object.keys(tags).length > 0 || owningService !== undefined
      ? undefined
      : {
          severity: 'low',
          why: 'it has no tags: nobody can tell whose it is',
          hint: 'TagResource, for example owner and team',
        },
}

/** The names of all checks, the gravest first. */
export const CHECK_NAMES = Object.keys(CHECKS) as readonly Check[]

/** What is wrong with a secret, by the checks that are asked for. */
export function findingsOf(known: Known, checks: ReadonlySet<Check>): Finding[] {
  const { account, region, name, arn } = known.secret
  return CHECK_NAMES.flatMap((check) => {
    const told = checks.has(check) ? CHECKS[check](known) : undefined
    return told === undefined ? [] : [{ account, region, name, arn, check, ...told }]
  })
}
