import { decide } from '#kernel/authorization/authorize'
import type { Clock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { Random } from '#kernel/random'
import type { Storage, Unit } from '#kernel/storage/storage'
import { callOfService } from '../sts/port.ts'
import { functionOfArn } from './model/names.ts'
import type { InvocationEnd, InvokeForService, LeaveForFunction, UserFunctions } from './port.ts'
import type { Queue } from './queue.ts'
import { LAMBDA } from './roles.ts'
import { isThrottled, type Running } from './running.ts'
import type { Ran } from './sandboxes.ts'
import type { Aliases, Functions, Policies } from './store.ts'
import { targetFor, versionAt } from './target.ts'

/** Functions as other services invoke them. See port.ts. */

const INVOKE = 'lambda:InvokeFunction'

export interface Shelf {
  readonly functions: Functions
  readonly aliases: Aliases
  readonly policies: Policies
}

export function userFunctions(shelf: Shelf, now: () => number): UserFunctions {
  return {
    async mayInvoke(functionArn, call) {
      const id = await existing(shelf, functionArn)
      if (id === undefined) return false
      return decide(call, 'lambda', INVOKE, await targetFor(shelf, id)).allowed
    },
    admits: async (functionArn, principal, source) => {
      const id = await existing(shelf, functionArn)
      if (id === undefined) return false
      const target = await targetFor(shelf, id)
      const called = callOfService(principal, { account: source.account, region: id.region }, '', now())
      const context = { 'aws:SourceArn': source.arn, 'aws:SourceAccount': source.account }
      return decide(called, 'lambda', INVOKE, { ...target, context }).allowed
    },
    isStopped: async (functionArn) => {
      const id = functionOfArn(functionArn)
      return id !== undefined && (await shelf.functions.find(id, id.name))?.reserved === 0
    },
  }
}

/** The function that an ARN means, if there is such a version. */
async function existing(shelf: Shelf, functionArn: string) {
  const id = functionOfArn(functionArn)
  const found = id && (await shelf.functions.find(id, id.name))
  if (id === undefined || found === undefined) return undefined
  return (await versionAt(shelf, found, id.qualifier)) === undefined ? undefined : id
}

export interface ForServicesParts {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  readonly running: Running
  readonly shelf: (unit: Unit) => Shelf
  readonly onProblem: (text: string, error: unknown) => void
}

/** Most characters of a function's own error that are handed on. */
const MOST_TEXT = 1024

export function invokeForService({
  storage,
  clock,
  random,
  running,
  shelf,
  onProblem,
}: ForServicesParts): InvokeForService {
  return async (functionArn, { principal, source, payload, signal, hidden }): Promise<InvocationEnd> => {
    const id = functionOfArn(functionArn)
    if (id === undefined) return notFound(functionArn)
    try {
      const requestId = random.uuid()
      const prepared = await storage.unit('read', async (unit) => {
        const shelves = shelf(unit)
        if (!(await userFunctions(shelves, () => clock.now()).admits(functionArn, principal, source))) return undefined
        return running.prepare(unit, shelves, id, callOfService(LAMBDA, id, requestId, clock.now()))
      })
      if (prepared === undefined) return notFound(functionArn)
      const ran = await running.run(prepared, {
        requestId,
        payload,
        signal,
        ...(hidden === undefined ? {} : { hidden }),
      })
      return ran.functionError === undefined ? { ok: true, payload: ran.payload } : failed(ran)
    } catch (error) {
      if (error instanceof ApiError) {
        const end = { ok: false, errorType: error.code, errorMessage: error.message } as const
        return isThrottled(error) ? { ...end, throttled: true } : end
      }
      onProblem('a function could not be run', error)
      return { ok: false, errorType: 'ServiceException', errorMessage: 'The function could not be run.' }
    }
  }
}

/** See `LeaveForFunction`. */
export function leaveForFunction(
  { clock, random, shelf }: Pick<ForServicesParts, 'clock' | 'random' | 'shelf'>,
  queueIn: (unit: Unit) => Queue,
): LeaveForFunction {
  return async (unit, functionArn, { principal, source, payload, depth }) => {
    const shelves = shelf(unit)
    const id = await existing(shelves, functionArn)
    const found = id && (await shelves.functions.find(id, id.name))
    if (id === undefined || found === undefined) return 'missing'
    if (!(await userFunctions(shelves, () => clock.now()).admits(functionArn, principal, source))) return 'refused'
    const event = { payload, clientContext: undefined, depth }
    return (await queueIn(unit).put(found, id.qualifier, random.uuid(), event, clock.now())) ? 'left' : 'full'
  }
}

const notFound = (functionArn: string): InvocationEnd => ({
  ok: false,
  errorType: 'ResourceNotFoundException',
  errorMessage: `Function not found: ${functionArn}`,
})

/** What a function says of its error, bounded, without the values it handled: it is kept and shown. Source: rotation.md 14.2. */
function failed(ran: Ran): InvocationEnd {
  const said = errorIn(ran.payload)
  return {
    ok: false,
    errorType: text(ran, said.errorType) ?? 'Unhandled',
    errorMessage: text(ran, said.errorMessage) ?? 'The function failed.',
  }
}

function errorIn(payload: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    return value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}

// Hidden before it is cut: half of a value would not be found.
const text = (ran: Ran, value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? ran.hide(value).slice(0, MOST_TEXT).toWellFormed() : undefined
