import type { AuditEvent } from '#kernel/audit/event'
import { decide } from '#kernel/authorization/authorize'
import { systemClock } from '#kernel/clock'
import { EventOutbox } from '#kernel/events/outbox'
import { jobs } from '#kernel/jobs/store'
import { resourceCounts as secretCounts } from '#kernel/metering/ledger'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage, Unit } from '#kernel/storage/storage'
import { refusalOf } from '../functions/environment.ts'
import { builtIn, builtInNames } from '../functions/index.ts'
import { allFunctions } from '../invoke.ts'
import { type SendingParts, sending } from '../services/events/delivery/sending.ts'
import { events as eventBridgeOf } from '../services/events/service.ts'
import { noDelivery } from '../services/cloudtrail/operation.ts'
import { cloudtrail, type Parts as CloudTrailParts } from '../services/cloudtrail/service.ts'
import { type CallsOf, callCounts, resourceCounts } from '../services/cloudwatch/counted.ts'
import { cloudwatch } from '../services/cloudwatch/service.ts'
import { telling } from '../services/cloudwatch/telling.ts'
import { callerOf } from '../services/iam/callers.ts'
import { type Iam, iam } from '../services/iam/service.ts'
import { kms } from '../services/kms/service.ts'
import { type Lambda, lambda, type Parts as LambdaParts } from '../services/lambda/service.ts'
import { logs as logsOf } from '../services/logs/service.ts'
import { type Rds, rds } from '../services/rds/service.ts'
import type { ManagedSecrets } from '../services/secretsmanager/port.ts'
import { type Parts as SecretsManagerParts, secretsManager } from '../services/secretsmanager/service.ts'
import { type Parts as ParameterParts, ssm } from '../services/ssm/service.ts'

/** What services have where requests are served. */
interface Serving {
  /** How users' functions are run. */
  readonly lambda?: Pick<LambdaParts, 'clock' | 'sandboxes' | 'onProblem'>
  /** See the part of `secretsManager` of this name. */
  readonly requestRates?: SecretsManagerParts['rates']
  /** How the limits of Secrets Manager differ from AWS's. */
  readonly secretLimits?: SecretsManagerParts['limits']
  /** See the part of `secretsManager` of this name. */
  readonly overflow?: SecretsManagerParts['overflow']
  /** What of the past of secrets is kept. */
  readonly history?: SecretsManagerParts['history']
  /** By which parameters' policies have their effects. */
  readonly parameters?: Pick<ParameterParts, 'clock' | 'record' | 'throughput' | 'strictPaths'>
  /** Where records are looked up, and who delivers those of trails. */
  readonly trails?: Pick<CloudTrailParts, 'lookUp' | 'delivery' | 'limits'>
  /** Tells the trail, in a unit, what services do by themselves. */
  readonly record?: (unit: Unit, events: readonly AuditEvent[]) => Promise<void>
  /** How events get to where rules send them. */
  readonly events?: Pick<SendingParts, 'clock' | 'reach' | 'record' | 'told' | 'onProblem'>
  /** The counters of usage, which AWS/Usage shows. */
  readonly calls?: CallsOf
  /** See `iam`. */
  readonly anyAccount?: boolean
  /** The Regions that are served. */
  readonly regions?: readonly string[]
  /** Made from IAM, in whose principals' names functions act, and the databases that they ask about. */
  readonly rotation?: (
    identity: Iam,
    registered: Rds,
    functions: Lambda,
  ) => NonNullable<SecretsManagerParts['rotation']>
}

/** The services that hold something, and what each has for the others. */
export type ServicesOver = ReturnType<typeof servicesOver>

/** The services that hold something, built over a store. */
export function servicesOver(storage: Storage, vault: Vault, random: Random, serving: Serving = {}) {
  const { anyAccount = false, regions, rotation } = serving
  // Records of services without Regions are in the one that AWS has for them. Source: CloudTrail User Guide, global service events.
  const home = regions?.includes('us-east-1') === false ? regions[0] : 'us-east-1'
  const identity = iam({ storage, vault, random, anyAccount, home })
  const { identities } = identity
  const events = new EventOutbox(random)
  const keys = kms({ vault, random, jobs, events, decide, identities, regions, record: serving.record })
  const pageKey = vault.macKey('secretsmanager/paging')
  const rowKey = vault.macKey('secretsmanager/rows')
  // Each needs the other: databases have secrets, and secrets rotate by databases.
  const registered = rds({ vault, random, jobs, managed: (unit, call): ManagedSecrets => secrets.managed(unit, call) })
  const actAs = (unit: Unit) => async (roleArn: string, session: string) => {
    const role = await identities(unit).role(roleArn)
    const principal = role && (await identity.callers.principal(role.account, role.id, unit))
    return principal && callerOf(principal, { session })
  }
  const functions = lambda({
    ...(serving.lambda ?? { clock: systemClock, onProblem: () => undefined }),
    storage,
    vault,
    random,
    jobs,
    identities,
    keysFor: keys.keysFor,
    builtIn: { names: builtInNames, has: (name) => builtIn(name) !== undefined, refusalOf },
    actAs,
  })
  const secrets = secretsManager({
    record: serving.record,
    keysFor: keys.keysFor,
    functionsFor: (unit) => allFunctions(functions.functionsFor(unit)),
    ...(rotation === undefined ? {} : { rotation: rotation(identity, registered, functions) }),
    rates: serving.requestRates,
    ...(serving.secretLimits === undefined ? {} : { limits: serving.secretLimits }),
    ...(serving.history === undefined ? {} : { history: serving.history }),
    random,
    jobs,
    events,
    storage,
    overflow: serving.overflow,
    pageKey,
    rowKey,
    identities,
  })
  const parameters = ssm({
    // beside a server no job runs
    ...(serving.parameters ?? { clock: systemClock, record: async () => undefined }),
    keysFor: keys.keysFor,
    secretsFor: secrets.readable,
    identities,
    random,
    vault,
    rowKey: vault.macKey('ssm/rows'),
    storage,
    jobs,
    events,
  })
  const { calls } = serving
  const metrics = cloudwatch({
    vault,
    jobs,
    clock: serving.lambda?.clock ?? systemClock,
    events,
    tell: telling(functions.leave, async (unit, action, message, now) => {
      const { alarmArn, account, region, payload } = message
      const to = {
        arn: action,
        account,
        region,
        payload,
        source: { arn: alarmArn },
        type: 'CloudWatch Alarm State Change',
      }
      return (await eventBridge.sending?.sendTo(unit, to, now)) === 'queued' ? 'left' : 'missing'
    }),
    counted: (unit) => [
      resourceCounts((asked) => secretCounts(unit, asked)),
      ...(calls === undefined ? [] : [callCounts(calls)]),
    ],
  })
  const logGroups = logsOf({
    clock: serving.lambda?.clock ?? systemClock,
    vault,
    random,
    jobs,
    keysFor: keys.keysFor,
    measures: metrics.measures,
    functionsFor: functions.functionsFor,
    leave: functions.leave,
  })
  const eventBridge = eventBridgeOf({
    vault,
    random,
    identities,
    onProblem: serving.events?.onProblem,
    sending:
      serving.events &&
      (({ shelf, book }) =>
        sending({
          ...(serving.events as NonNullable<typeof serving.events>),
          ...{ storage, vault, random, jobs, identities, shelf, book, actAs },
          leave: functions.leave,
          managed: secrets.managed,
          readable: secrets.readable,
          logs: logGroups.writer,
          measures: metrics.measures,
        })),
  })
  const trails = cloudtrail({
    ...(serving.trails ?? { lookUp: async () => ({ records: [] }), delivery: noDelivery }),
    vault,
    identities,
    keysFor: keys.keysFor,
    regions: regions ?? [],
  })
  return { identity, keys, secrets, parameters, registered, functions, logGroups, metrics, eventBridge, trails }
}
