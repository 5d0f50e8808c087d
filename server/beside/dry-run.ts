import { decide } from '#kernel/authorization/authorize'
import type { Call, Caller } from '#kernel/call'
import { systemClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { Log } from '#kernel/log'
import type { Target } from '#kernel/operation'
import { systemRandom } from '#kernel/random'
import type { Service } from '#kernel/service'
import type { Place } from '#kernel/storage/beside'
import type { Storage } from '#kernel/storage/storage'
import { withStore } from './accounts.ts'
import type { Finding } from '../functions/function.ts'
import { type FunctionSettings, noSettings, setUpFunctions } from '../functions/settings.ts'
import { builtInFunctions, invoker, type Local } from '../invoke.ts'
import { servicesOver } from '../assembly/services.ts'
import { redshift } from '../services/redshift/service.ts'
import { redshiftServerless } from '../services/redshift-serverless/service.ts'
import { showRotation } from '../services/secretsmanager/administration.ts'
import { managerOf } from '../services/secretsmanager/model/secret.ts'
import { NEVER } from '../services/secretsmanager/rotating.ts'
import { checkRules, nextRotationDate, plan } from '../services/secretsmanager/model/schedule.ts'
import { record } from './recording.ts'
import { eventOf, forPeople, type Wanted } from './rotation.ts'

const SERVICE = 'secretsmanager.amazonaws.com'
/** Longest dry run: a database that does not answer. */
const LONGEST_MS = 60_000
const WINDOWS = 3

/**
 * What a rotation of this secret would do now: the findings, the first wrong one being what it would fail for. Reads the secret
 * as its function would, in the name of the function's role and, for the superuser's, of who configured the rotation; connects
 * to the database; changes nothing but the audit trail, which is told of it. `known`: false for a function of one's own, of which
 * nothing but whether it is there and lets the service in can be said. A secret without a rotation is looked at as if its
 * account's root had configured `functionArn`.
 */
export function dryRun(
  place: Place & { readonly functions?: FunctionSettings },
  wanted: Wanted,
  functionArn: string | undefined,
): Promise<{ readonly found: readonly Finding[]; readonly known: boolean }> {
  return withStore(place, async (storage, vault) => {
    const services = servicesOver(storage, vault, systemRandom)
    const { secrets, identity, registered, functions } = services
    const now = systemClock.now()
    const shown = await storage.unit('write', async (unit) => {
      const none = functionArn === undefined ? undefined : NEVER
      const found = await showRotation(secrets.administer(unit, wanted, []), wanted.secret, now, none)
      const requestParameters = { secretId: found.arn }
      const event = { ...eventOf(wanted, now), eventName: 'DryRunRotation', readOnly: true, responseElements: null }
      await record(storage, unit, [{ ...event, requestParameters }])
      return found
    })
    const { arn, account, region, rotation, run } = shown
    const found: Finding[] = []
    const say = (state: Finding['state'], what: string) => void found.push({ state, what })
    const configured = rotation !== NEVER
    if (!configured) say('warning', 'it has no rotation yet: looked at as if root had configured this one')
    else if (!rotation.enabled) say('warning', 'rotation is off')
    if (run !== undefined)
      say('warning', `a rotation has begun: version ${run.token}, ${run.failure ?? `step ${run.step}`}`)
    if (configured)
      for (const { state, what } of scheduleOf(rotation.rules, rotation.basedAt ?? now, now)) say(state, what)
    const manager = managerOf({ owningService: shown.owningService })
    const chosen = functionArn ?? rotation.functionArn ?? manager
    if (chosen === undefined) {
      say('wrong', 'there is no function')
      return { found, known: true }
    }
    const managed = chosen === manager
    if (!managed && !(await builtInFunctions.admits(chosen, SERVICE, { arn, account }))) {
      const source = { arn, account }
      const { admits, stopped } = await storage.unit('read', async (unit) => {
        const asked = functions.functionsFor(unit)
        return { admits: await asked.admits(chosen, SERVICE, source), stopped: await asked.isStopped?.(chosen) }
      })
      if (admits) say('ok', `the function ${chosen} lets Secrets Manager in`)
      else say('wrong', `there is no function ${chosen}, or its policy does not let Secrets Manager in for this secret`)
      if (admits && stopped) say('wrong', `its reserved concurrency is 0: no invocation of ${chosen} is run`)
      return { found, known: !admits || stopped === true }
    }
    say('ok', managed ? `${chosen} rotates it by itself` : `the function ${chosen} lets Secrets Manager in`)
    const invoke = invoker({
      local: localIn(storage, services),
      principals: identity.callers,
      log: silent,
      clock: systemClock,
      setup: setUpFunctions(place.functions ?? noSettings),
      environments: functions.environmentOf,
      databases: registered.registered({ storage, clock: systemClock }),
      found: ({ state, what }) => say(state, what),
    })
    const event = { Step: 'dryRun', SecretId: arn, ClientRequestToken: systemRandom.uuid(), RotationToken: '' } as const
    const configuredBy = configured ? rotation.configuredBy : account
    const ended = await invoke(chosen, event, {
      account,
      region,
      configuredBy,
      signal: AbortSignal.timeout(LONGEST_MS),
    })
    if (!ended.ok) say('wrong', `${ended.errorType}: ${ended.errorMessage}`)
    return { found, known: true }
  }).catch((error: unknown) => Promise.reject(forPeople(error)))
}

function scheduleOf(rules: Parameters<typeof plan>[0], basedAt: number, now: number): Finding[] {
  const { automaticallyAfterDays: days, scheduleExpression: expression } = rules
  if (days === undefined && expression === undefined)
    return [{ state: 'warning', what: 'there is no schedule: it rotates when RotateSecret is called' }]
  try {
    checkRules(rules)
  } catch (error) {
    if (error instanceof ApiError) return [{ state: 'wrong', what: error.message }]
    throw error
  }
  const at: string[] = []
  for (let after = now; at.length < WINDOWS; ) {
    const planned = plan(rules, { now: after, basedAt }, () => 0)
    const end = new Date(nextRotationDate(planned)).toISOString().slice(0, 19)
    at.push(`${new Date(planned.windowStart).toISOString().slice(0, 16)}Z to ${end}Z`)
    after = planned.windowStart
  }
  return [
    { state: 'ok', what: `the schedule ${expression ?? `every ${days} days`}; the next windows: ${at.join(', ')}` },
  ]
}

/** Asks Secrets Manager, or about databases, in a unit that only reads, with the same decision as a request. */
function localIn(storage: Storage, { secrets, registered }: ReturnType<typeof servicesOver>): Local {
  const { databases } = registered
  const services = [
    secrets,
    registered.service,
    redshift({ databases }),
    redshiftServerless({ databases }),
  ] as Service[]
  return async (target, input, caller: Caller, region, via) => {
    const dot = target.indexOf('.')
    const name = target.slice(dot + 1)
    const service = services.find((each) => each.name === target.slice(0, dot))
    const operation = service?.operations[name]
    if (service === undefined || operation === undefined || operation.effect !== 'read')
      throw new Error(`a dry run does not ask for ${target}`)
    return storage.unit('read', async (unit) => {
      const call: Call = {
        requestId: systemRandom.uuid(),
        caller,
        account: caller.account,
        region,
        now: systemClock.now(),
        sourceIp: '127.0.0.1',
        userAgent: 'strongroom',
        secure: false,
        ...(via === undefined ? {} : { via }),
        events: [],
      }
      const env = service.env(unit, call)
      const targets = await operation.target(input, env, call)
      for (const one of Array.isArray(targets) ? (targets as Target[]) : [targets as Target]) {
        const decision = decide(call, service.name, one.action ?? `${service.name}:${name}`, one)
        if (!decision.allowed)
          throw new ApiError('AccessDeniedException', `${caller.arn} may not ${name} ${one.resource}`)
      }
      return operation.run(input, env, call)
    })
  }
}

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  writes: () => false,
  flush: () => undefined,
}
