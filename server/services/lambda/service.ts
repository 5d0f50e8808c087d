import type * as Sdk from '@aws-sdk/client-lambda'
import type { Clock } from '#kernel/clock'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { AnyOperation } from '#kernel/operation'
import type { Reply } from '#kernel/protocol/reply'
import type { Random } from '#kernel/random'
import { pagingWith } from '#kernel/sealing/paging'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import type { IdentitiesFor } from '../iam/port.ts'
import type { KeysFor } from '../kms/port.ts'
import { BuiltInFunctions } from './built-in.ts'
import { Codes } from './codes.ts'
import { Downloads, PREFIX } from './downloads.ts'
import { Environments } from './environments.ts'
import { invokeForService, leaveForFunction, userFunctions } from './for-services.ts'
import { invalidMarker } from './model/refusals.ts'
import { notYet } from './not-yet.ts'
import type { ActAs, BuiltIn, Env, Limits } from './operation.ts'
import { AddPermission } from './operations/AddPermission.ts'
import { CreateAlias } from './operations/CreateAlias.ts'
import { CreateFunction } from './operations/CreateFunction.ts'
import { DeleteAlias } from './operations/DeleteAlias.ts'
import { DeleteFunction } from './operations/DeleteFunction.ts'
import { DeleteFunctionConcurrency } from './operations/DeleteFunctionConcurrency.ts'
import { GetAccountSettings } from './operations/GetAccountSettings.ts'
import { GetAlias } from './operations/GetAlias.ts'
import { GetFunction } from './operations/GetFunction.ts'
import { GetFunctionCodeSigningConfig } from './operations/GetFunctionCodeSigningConfig.ts'
import { GetFunctionConcurrency } from './operations/GetFunctionConcurrency.ts'
import { GetFunctionConfiguration } from './operations/GetFunctionConfiguration.ts'
import { GetPolicy } from './operations/GetPolicy.ts'
import { Invoke } from './operations/Invoke.ts'
import { ListAliases } from './operations/ListAliases.ts'
import { ListFunctions } from './operations/ListFunctions.ts'
import { ListTags } from './operations/ListTags.ts'
import { ListVersionsByFunction } from './operations/ListVersionsByFunction.ts'
import { PublishVersion } from './operations/PublishVersion.ts'
import { PutFunctionConcurrency } from './operations/PutFunctionConcurrency.ts'
import { RemovePermission } from './operations/RemovePermission.ts'
import { TagResource } from './operations/TagResource.ts'
import { UntagResource } from './operations/UntagResource.ts'
import { UpdateAlias } from './operations/UpdateAlias.ts'
import { UpdateFunctionCode } from './operations/UpdateFunctionCode.ts'
import { UpdateFunctionConfiguration } from './operations/UpdateFunctionConfiguration.ts'
import type { InvokeForService, LeaveForFunction, UserFunctionsFor } from './port.ts'
import { Queue, QueueRunner } from './queue.ts'
import { Rows } from './rows.ts'
import { Running } from './running.ts'
import type { Sandboxes } from './sandboxes.ts'
import { Aliases, Functions, Policies } from './store.ts'

/** The operations that are here. */
const operations = {
  AddPermission,
  CreateAlias,
  CreateFunction,
  DeleteAlias,
  DeleteFunction,
  DeleteFunctionConcurrency,
  GetAccountSettings,
  GetAlias,
  GetFunction,
  GetFunctionCodeSigningConfig,
  GetFunctionConcurrency,
  GetFunctionConfiguration,
  GetPolicy,
  Invoke,
  ListAliases,
  ListFunctions,
  ListTags,
  ListVersionsByFunction,
  PublishVersion,
  PutFunctionConcurrency,
  RemovePermission,
  TagResource,
  UntagResource,
  UpdateAlias,
  UpdateFunctionCode,
  UpdateFunctionConfiguration,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

const left: Readonly<Record<Exclude<OperationName<typeof Sdk>, keyof typeof operations>, string>> = notYet

/** Errors of the model whose text stands in `Message`. Source: the service's API model; rotation.md 14.1. */
const CAPITAL: ReadonlySet<string> = new Set([
  'CodeSigningConfigNotFoundException',
  'InvalidRuntimeException',
  'InvalidZipFileException',
  'KMSAccessDeniedException',
  'KMSDisabledException',
  'KMSInvalidStateException',
  'KMSNotFoundException',
  'ResourceNotFoundException',
  'ServiceException',
])

/** What Lambda is built from. */
export interface Parts {
  readonly storage: Storage
  readonly clock: Clock
  readonly vault: Vault
  readonly random: Random
  readonly jobs: Jobs
  readonly identities: IdentitiesFor
  readonly keysFor: KeysFor
  /** Without it no function runs in this process. */
  readonly sandboxes?: Sandboxes | undefined
  readonly actAs: (unit: Unit) => ActAs
  readonly builtIn: BuiltIn
  /** Told of what went wrong where nobody waits for an answer. */
  readonly onProblem: (text: string, error: unknown) => void
  /** Other limits than AWS's. */
  readonly limits?: Partial<Limits>
}

/** Lambda on the wire, Lambda for the other services, and what main must do for it. */
export interface Lambda {
  readonly service: Service<Env>
  readonly handlers: readonly JobHandler[]
  readonly functionsFor: UserFunctionsFor
  readonly invoke: InvokeForService
  readonly leave: LeaveForFunction
  /** The environment that an account has set for a built-in function in a region; empty when it has set none. */
  environmentOf(account: string, region: string, name: string): Promise<ReadonlyMap<string, string>>
  /** Answers of links to code. */
  readonly downloads: { readonly prefix: string; answer(path: string, method: string): Promise<Reply> }
  /** Settles when no event that waited runs. */
  idle(): Promise<void>
  /** Asks what runs to stop, and leaves what does not to the next start. */
  drain(): Promise<void>
}

/** Source: Lambda quotas. */
const AWS_LIMITS: Limits = { concurrency: 1000, leastUnreserved: 100, codeBytes: 80_530_636_800 }

/** Builds the service. */
export function lambda(parts: Parts): Lambda {
  const { storage, clock, vault, random, jobs, identities, keysFor, sandboxes, actAs, builtIn, onProblem } = parts
  const limits: Limits = { ...AWS_LIMITS, ...parts.limits }
  const rowKey = vault.macKey('lambda/rows')
  const rows = new Rows(rowKey)
  // Not `lambda/paging`: markers of that key were of another form.
  const paging = pagingWith(vault.macKey('lambda/markers'), invalidMarker)
  const environments = new Environments(vault, random)
  const running = new Running({ storage, vault, random, environments, keysFor, sandboxes, actAs, limits })
  const shelf = (unit: Unit) => ({
    functions: new Functions(unit, rows),
    aliases: new Aliases(unit, rows),
    policies: new Policies(unit, rows),
  })
  const queue = new QueueRunner({ storage, jobs, clock, vault, random, running, shelves: shelf, onProblem })
  const downloads = new Downloads(
    vault.macKey('lambda/downloads'),
    (cell, id) => storage.unit('read', (unit) => new Codes(unit, vault).read(cell, id)),
    () => clock.now(),
  )
  const service: Service<Env> = {
    name: 'lambda',
    signingName: 'lambda',
    eventSource: 'lambda.amazonaws.com',
    clockWindowMinutes: 5,
    rest: { notYet: left },
    wording: { validation: 'ValidationException', modelled: 'message', capital: CAPITAL },
    operations,
    notYet: Object.keys(left),
    env: (unit, call) => ({
      unit,
      ...shelf(unit),
      codes: new Codes(unit, vault),
      environments,
      keys: () => keysFor(unit, call, 'lambda'),
      identities: () => identities(unit),
      queue: new Queue(unit, { jobs, vault, random }),
      running,
      downloads,
      paging,
      builtIn,
      builtInFunctions: new BuiltInFunctions(unit, rowKey),
      vault,
      random,
      limits,
      found: {},
    }),
  }
  return {
    service,
    handlers: [queue.handler],
    functionsFor: (unit) => userFunctions(shelf(unit), () => clock.now()),
    leave: leaveForFunction({ clock, random, shelf }, (unit) => new Queue(unit, { jobs, vault, random })),
    invoke: invokeForService({ storage, clock, random, running, shelf, onProblem }),
    async environmentOf(account, region, name) {
      const set = await storage.unit('read', (unit) =>
        new BuiltInFunctions(unit, rowKey).find({ account, region }, name),
      )
      return new Map(Object.entries(set?.variables ?? {}))
    },
    downloads: { prefix: PREFIX, answer: (path, method) => downloads.answer(path, method) },
    idle: () => queue.idle(),
    async drain() {
      running.stop()
      await queue.drain()
    },
  }
}
