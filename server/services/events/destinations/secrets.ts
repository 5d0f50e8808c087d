import { compile, standing } from '#kernel/authorization/policy'
import type { AuditEvent } from '#kernel/audit/event'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Unit } from '#kernel/storage/storage'
import { Secret } from '#kernel/values/bytes'
import type { ManagedSecretsFor, ReadableSecretsFor } from '../../secretsmanager/port.ts'
import { callOfService } from '../../sts/port.ts'
import type { Authorization } from './authorization.ts'
import type { Connection } from './store.ts'

/** The secrets of connections: `events!connection/<name>/<uuid>`, made in the name of who makes the connection. */

const OWNER = 'events'
const ROLE = 'AWSServiceRoleForAmazonEventBridgeApiDestinations'
const SERVICE = 'apidestinations.events.amazonaws.com'

/** What EventBridge may do by the role that AWS calls so. Source: AmazonEventBridgeApiDestinationsServiceRolePolicy, and keys of one's own. */
const POLICY = standing(
  compile(
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
          Resource: 'arn:aws:secretsmanager:*:*:secret:events!connection/*',
        },
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt'],
          Resource: '*',
          Condition: { StringLike: { 'kms:ViaService': 'secretsmanager.*.amazonaws.com' } },
        },
      ],
    }),
  ),
  { kind: 'managed', id: `arn:aws:iam::aws:policy/aws-service-role/${ROLE}Policy`, holder: ROLE },
)

export interface ConnectionSecretsParts {
  readonly managed: ManagedSecretsFor
  readonly readable: ReadableSecretsFor
  /** Leaves records in the trail, in the unit. */
  readonly record: (unit: Unit, events: AuditEvent[]) => Promise<void>
}

export class ConnectionSecrets {
  readonly #parts: ConnectionSecretsParts

  constructor(parts: ConnectionSecretsParts) {
    this.#parts = parts
  }

  /** Makes the secret of a connection; answers its ARN. Throws ApiErrors of Secrets Manager. */
  create(
    unit: Unit,
    call: Call,
    { name, id, kmsKey }: Pick<Connection, 'name' | 'id' | 'kmsKey'>,
    value: Authorization,
  ): Promise<string> {
    return this.#parts.managed(unit, call).create({
      name: `events!connection/${name}/${id}`,
      owner: OWNER,
      description: `Secret of the EventBridge connection ${name}`,
      kmsKeyId: kmsKey,
      tags: new Map([['aws:secretsmanager:owningService', OWNER]]),
      value: textOf(value),
    })
  }

  put(unit: Unit, call: Call, { secretArn }: Connection, value: Authorization): Promise<void> {
    return this.#parts.managed(unit, call).put(secretArn, textOf(value))
  }

  remove(unit: Unit, call: Call, { secretArn }: Connection): Promise<void> {
    return this.#parts.managed(unit, call).remove(secretArn)
  }

  /** What a connection's secret holds, read by EventBridge itself. Undefined when it can't be read, or holds something else. */
  async read(unit: Unit, connection: Connection, requestId: string, now: number): Promise<Authorization | undefined> {
    const { readable, record } = this.#parts
    const call = callOfRole(connection, requestId, now)
    try {
      const { SecretString } = await readable(unit, call, OWNER).value({ SecretId: connection.secretArn })
      return SecretString === undefined ? undefined : authorizationIn(SecretString)
    } catch (error) {
      if (error instanceof ApiError) return undefined
      throw error
    } finally {
      if (call.events.length > 0) await record(unit, call.events)
    }
  }
}

function callOfRole({ account, region }: Connection, requestId: string, now: number): Call {
  const call = callOfService(SERVICE, { account, region }, requestId, now)
  const issuer = `arn:aws:iam::${account}:role/aws-service-role/${SERVICE}/${ROLE}`
  return {
    ...call,
    caller: {
      ...call.caller,
      kind: 'role',
      arn: `arn:aws:sts::${account}:assumed-role/${ROLE}/events`,
      principalArn: issuer,
      userId: `${ROLE}:events`,
      policies: [POLICY],
    },
  }
}

const textOf = (value: Authorization) => new Secret(JSON.stringify(value))

/** Assumed: the members; AWS does not say how it writes them down. */
function authorizationIn(text: string): Authorization | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? (value as Authorization) : undefined
  } catch {
    return undefined
  }
}
