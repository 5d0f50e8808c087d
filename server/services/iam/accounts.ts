import type { Random } from '#kernel/random'
import { text } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage, Unit } from '#kernel/storage/storage'
import { Secret } from '#kernel/values/bytes'
import { AccessKeys } from './keys.ts'
import { newAccessKeyId, newSecretAccessKey, REGION } from './model/identity.ts'
import * as sql from './store.sql.ts'

/** What the first account is made with. */
export interface BootstrapOptions {
  readonly storage: Storage
  readonly vault: Vault
  readonly random: Random
  /** Milliseconds since the epoch. */
  readonly now: number
  /** 12 digits; made up on the first start when not given. */
  readonly account?: string | undefined
  /** Both or none; made up when not given. */
  readonly rootAccessKeyId?: string | undefined
  readonly rootSecretAccessKey?: Secret<string> | undefined
  /** Told of root credentials that were made up, before the store keeps them: a crash in between must not lose them. */
  readonly made?: (
    root: { readonly accessKeyId: string; readonly secretAccessKey: Secret<string> },
    account: string,
  ) => void
}

/** The account of this deployment. */
export interface Bootstrapped {
  readonly account: string
  /** Of the root user; undefined when the root user has no active key (any more). */
  readonly accessKeyId: string | undefined
  /** Only when it was made right now: it can't be read again. */
  readonly secretAccessKey: Secret<string> | undefined
  readonly created: boolean
}

/** Something wrong with what the first account should be made with; the message is for people. */
export class BootstrapError extends Error {}

const ALL = { after: '', limit: 1000 }

/**
 * Makes the account and its root access key on the first start, and finds them on later ones. Root credentials that are
 * given count on the first start only: on a later one they are not looked at, so a changed variable can't take over an
 * account that has secrets (use `addRootKey`, a local command, for a lost key). An account that is given and not there
 * yet is made even when there are others. Throws BootstrapError for credentials of a wrong form.
 */
export function bootstrap(options: BootstrapOptions): Promise<Bootstrapped> {
  check(options)
  return options.storage.unit('write', async (unit) => {
    const account = options.account ?? (await firstAccount(unit)) ?? newAccount(options.random)
    const here = { account, region: REGION }
    if ((await unit.get(sql.findAccount, here)) !== undefined) {
      const keys = await new AccessKeys(unit, account, options.vault).page(account, ALL)
      const accessKeyId = keys.find(({ active }) => active)?.id
      return { account, accessKeyId, secretAccessKey: undefined, created: false }
    }
    await unit.run(sql.putAccount, { ...here, now: options.now })
    const root = await addKey(unit, account, options)
    if (options.rootAccessKeyId === undefined) options.made?.(root, account)
    return { account, ...root, created: true }
  })
}

/** An account as `strongroom account list` shows it. */
export interface AccountSummary {
  readonly account: string
  /** Milliseconds. */
  readonly createdAt: number
  readonly alias: string | undefined
  /** Active access keys of its root user. */
  readonly rootKeys: number
}

/**
 * Makes one more account with its root access key. Throws BootstrapError for an id that is taken or is none. `changed` runs
 * in the same unit: the record of it.
 */
export function createAccount(
  options: BootstrapOptions & {
    readonly changed?: (unit: Unit, account: string, accessKeyId: string) => Promise<void>
  },
): Promise<{ readonly account: string; readonly accessKeyId: string; readonly secretAccessKey: Secret<string> }> {
  check(options)
  return options.storage.unit('write', async (unit) => {
    const account = options.account ?? newAccount(options.random)
    const here = { account, region: REGION }
    if ((await unit.get(sql.findAccount, here)) !== undefined) {
      throw new BootstrapError(`there is already an account ${account}`)
    }
    await unit.run(sql.putAccount, { ...here, now: options.now })
    const root = await addKey(unit, account, options)
    await options.changed?.(unit, account, root.accessKeyId)
    options.made?.(root, account)
    return { account, ...root }
  })
}

/** All accounts, the oldest first. */
export async function listAccounts(unit: Unit): Promise<AccountSummary[]> {
  const rows = await unit.all<{ account: string; created_at: number; alias: string | null; root_keys: number }>(
    sql.listAccounts,
    {},
  )
  return rows.map(({ account, created_at, alias, root_keys }) => ({
    account,
    createdAt: Number(created_at),
    alias: alias ?? undefined,
    rootKeys: Number(root_keys),
  }))
}

/**
 * Gives the root user of an account one more access key, for whoever can reach the store itself but lost the key: the
 * wire can't do it. Throws BootstrapError when there is no such account.
 */
export function addRootKey(
  options: Omit<BootstrapOptions, 'account'> & {
    readonly account: string
    readonly changed?: (unit: Unit, account: string, accessKeyId: string) => Promise<void>
  },
): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: Secret<string> }> {
  check(options)
  return options.storage.unit('write', async (unit) => {
    const { account } = options
    if ((await unit.get(sql.findAccount, { account, region: REGION })) === undefined) {
      throw new BootstrapError(`there is no account ${account}`)
    }
    const root = await addKey(unit, account, options)
    await options.changed?.(unit, account, root.accessKeyId)
    options.made?.(root, account)
    return root
  })
}

/** When the account was made, milliseconds; 0 when it is not stored. */
export async function accountCreatedAt(unit: Unit, account: string): Promise<number> {
  const row = await unit.get<{ created_at: number }>(sql.findAccount, { account, region: REGION })
  return row?.created_at ?? 0
}

async function firstAccount(unit: Unit): Promise<string | undefined> {
  return (await unit.get<{ account: string }>(sql.firstAccount, {}))?.account
}

/** 12 digits without a leading zero, so that no program that takes it for a number loses one. */
function newAccount(random: Random): string {
  return `${1 + random.below(9)}${text(random, 11, '0123456789')}`
}

async function addKey(unit: Unit, account: string, options: BootstrapOptions) {
  const accessKeyId = options.rootAccessKeyId ?? newAccessKeyId(options.random)
  const secretAccessKey = options.rootSecretAccessKey ?? new Secret(newSecretAccessKey(options.random))
  const taken =
    (await unit.get(sql.findKey, { id: accessKeyId })) ?? (await unit.get(sql.retiredKey, { id: accessKeyId }))
  if (taken !== undefined) throw new BootstrapError('the root access key id is or was the id of another access key')
  await new AccessKeys(unit, account, options.vault).add(account, accessKeyId, secretAccessKey, options.now)
  return { accessKeyId, secretAccessKey }
}

function check({ account, rootAccessKeyId, rootSecretAccessKey }: BootstrapOptions): void {
  if (account !== undefined && !/^[0-9]{12}$/.test(account)) throw new BootstrapError('an account id has 12 digits')
  if ((rootAccessKeyId === undefined) !== (rootSecretAccessKey === undefined)) {
    throw new BootstrapError('root access key id and secret access key are given together or not at all')
  }
  if (rootAccessKeyId !== undefined && !/^\w{16,128}$/.test(rootAccessKeyId)) {
    throw new BootstrapError('the root access key id must have 16 to 128 letters, digits or underscores')
  }
  if (rootSecretAccessKey !== undefined && !/^[!-~]{16,256}$/.test(rootSecretAccessKey.reveal())) {
    throw new BootstrapError('the root secret access key must have 16 to 256 characters without blanks')
  }
}
