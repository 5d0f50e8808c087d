import { realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { noteDrill, termsOf } from '#kernel/sealing/drill'
import { SealError } from '#kernel/sealing/error'
import { keyringOf, openRoot } from '#kernel/sealing/open'
import { sealOf } from '#kernel/sealing/seals'
import type { Seal } from '#kernel/sealing/seal'
import type { Vault } from '#kernel/sealing/vault'
import { openBeside, openCopy, opensOnly, type Place } from '#kernel/storage/beside'
import { type Storage, statement, type Unit } from '#kernel/storage/storage'
import type { Secret } from '#kernel/values/bytes'
import { KeyCache } from '../services/kms/cache.ts'
import { openBlob } from '../services/kms/cipher.ts'
import { materialOf } from '../services/kms/model/blob.ts'
import { KeyStore } from '../services/kms/store.ts'
import { Cipher } from '../services/secretsmanager/cipher.ts'
import { secretArn } from '../services/secretsmanager/model/identity.ts'
import { openStoreThere, recorded } from './seal-store.ts'

/**
 * The drill: that a backup and the seal, together and without anything else, open what is in them. It prints and keeps nothing
 * of that. What it proved is noted in the live store, so that its health can say when it was.
 */

/** The backup: a copy of `strongroom.db` (or the directory it is in), or a database that it was restored to. */
export type Copy = { readonly file: string } | { readonly database: Secret }

/** What was proven. */
export interface Drilled {
  readonly seal: string
  readonly terms: number
  /** Materials of KMS keys that were unwrapped, and values of secrets that were decrypted, of how many there are. */
  readonly materials: { readonly opened: number; readonly all: number }
  readonly values: { readonly opened: number; readonly all: number }
  readonly provenAt: number
}

/** How many of each are opened. */
const SAMPLE = 50

// the session's: it ends with the connection
const tryLock = statement('drill/try-lock', 'select case when pg_try_advisory_lock(:key) then 1 else 0 end as got')
const countMaterials = statement(
  'drill/count-materials',
  'select count(*) as n from kms_material where length(wrapped) > 0',
)
const someMaterials = statement(
  'drill/some-materials',
  'select account, region, key_id, id from kms_material where length(wrapped) > 0 order by random() limit :sample',
)
const countValues = statement('drill/count-values', "select count(*) as n from secret_version where kind <> 'empty'")
const someValues = statement(
  'drill/some-values',
  `select v.account, v.region, v.version, v.kind, v.key_arn, v.default_key, v.data_key, v.sealed, s.name, s.suffix
   from secret_version v join secret s on s.account = v.account and s.region = v.region and s.id = v.secret
   where v.kind <> 'empty' order by random() limit :sample`,
)

interface ValueRow {
  readonly account: string
  readonly region: string
  readonly version: string
  readonly kind: string
  readonly key_arn: string
  readonly default_key: number
  readonly data_key: Uint8Array
  readonly sealed: Uint8Array
  readonly name: string
  readonly suffix: string
}

/** Proves that a backup opens, and notes it. Throws errors with a `hint` for people, the first thing that does not open among them. */
export async function drill(place: Place, copy: Copy): Promise<Drilled> {
  const file = 'file' in copy ? fileOf(copy.file) : undefined
  if (file !== undefined && place.database === undefined && isSame(file, join(place.directory, 'strongroom.db')))
    throw new SealError(`${file} is the store itself`, 'a drill proves a copy: name the file that your backup has made')
  const seal = remembering(opensOnly(sealOf(place.seal)))
  const backup =
    file === undefined
      ? await openBeside({ ...place, database: (copy as { database: Secret }).database })
      : openCopy(file)
  const proven = await provenCopy(backup, seal, place).finally(() => backup.close())
  const provenAt = systemClock.now()
  const live = await openStoreThere(place)
  try {
    const vault = await openLive(live, seal)
    try {
      if (!vault.macKey(INSTALLATION).equals(proven.installation))
        throw new SealError(
          'the copy opens, and is of another installation than this one',
          'name the server with --data or --database',
        )
      await live.unit('write', async (unit) => {
        await noteDrill(unit, vault, { provenAt, seal: seal.kind })
        await recorded(live)(unit, 'ProveDrill', { seal: seal.kind })
      })
      await live.durable()
    } finally {
      vault.close()
    }
  } finally {
    await live.close()
  }
  const { terms, materials, values } = proven
  return { seal: seal.kind, terms, materials, values, provenAt }
}

/** A database has many addresses: a lock that is taken in the copy is free in the live store, unless it is the same. */
async function refuseSame(backup: Storage, place: Place): Promise<void> {
  if (backup.engine !== 'postgres' || place.database === undefined) return
  const key = systemRandom.bytes(6).readUIntBE(0, 6)
  const lock = (store: Storage) => store.unit('read', (unit) => unit.get<{ got: number }>(tryLock, { key }))
  await lock(backup)
  const live = await openBeside(place)
  try {
    if (Number((await lock(live))?.got) === 1) return
  } finally {
    await live.close()
  }
  throw new SealError('this database is the store itself', 'a drill proves a copy: restore your backup to another one')
}

async function provenCopy(backup: Storage, seal: Seal, place: Place) {
  await refuseSame(backup, place)
  return proveCopy(backup, seal)
}

/** A key that is the same for all copies of one installation. */
const INSTALLATION = 'sealing/installation'

async function openLive(storage: Storage, seal: Seal): Promise<Vault> {
  try {
    return await openVaultOf(storage, seal)
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause
    throw new SealError(
      `the copy opens, but not the live store (${cause.message}): the drill was not noted`,
      'the seal was changed since the backup was made: make a new one, and prove that',
      cause,
    )
  }
}

async function openVaultOf(storage: Pick<Storage, 'unit'>, seal: Seal): Promise<Vault> {
  const { root, stored } = await openRoot({ storage, seal, random: systemRandom })
  try {
    return keyringOf(root, stored, { random: systemRandom })
  } finally {
    root.forget()
  }
}

/** A seal whose shares are asked for once, although two stores are opened: the keys are kept until both are. */
function remembering(seal: Seal): Seal {
  const known = new Map<string, Awaited<ReturnType<Seal['open']>>>()
  return {
    ...seal,
    async open(rows) {
      const name = JSON.stringify(rows.map(({ id, parameters }) => [id, parameters]))
      const keys = known.get(name) ?? (await seal.open(rows))
      known.set(name, keys)
      return keys
    },
  }
}

async function proveCopy(backup: Storage, seal: Seal) {
  const vault = await openVaultOf(backup, seal)
  try {
    return await backup.unit('read', async (unit) => ({
      installation: vault.macKey(INSTALLATION),
      terms: await termsOf(unit),
      materials: await proveMaterials(unit, vault),
      values: await proveValues(unit, vault),
    }))
  } finally {
    vault.close()
  }
}

async function proveMaterials(unit: Unit, vault: Vault) {
  const keys = new KeyStore(unit, vault, new KeyCache())
  const rows = await unit.all<{ account: string; region: string; key_id: string; id: string }>(someMaterials, {
    sample: SAMPLE,
  })
  for (const { account, region, key_id, id } of rows)
    await named(`the material ${id} of the KMS key ${key_id}`, async () => {
      const key = await keys.key({ account, region }, key_id)
      if (key === undefined) throw new Error('its key is not there')
      const bytes = await keys.materials.bytes(key, id)
      bytes?.fill(0)
    })
  return { opened: rows.length, all: await count(unit, countMaterials) }
}

async function proveValues(unit: Unit, vault: Vault) {
  const keys = new KeyStore(unit, vault, new KeyCache())
  const rows = await unit.all<ValueRow>(someValues, { sample: SAMPLE })
  for (const row of rows) {
    const { account, region } = row
    const arn = secretArn(region, account, row.name, row.suffix)
    await named(`the value of ${arn}, version ${row.version}`, async () => {
      // no caller, so nobody's permissions: whoever has backup and seal has everything
      const cipher = new Cipher(() => ({ ...refusing, decrypt: opener(keys, row.key_arn) }), account, systemRandom)
      const value = await cipher.open(
        { account, region, arn },
        {
          id: row.version,
          kind: row.kind as 'string',
          keyArn: row.key_arn,
          defaultKey: Number(row.default_key) === 1,
          dataKey: row.data_key,
          sealed: row.sealed,
        },
      )
      value.fill(0)
    })
  }
  return { opened: rows.length, all: await count(unit, countValues) }
}

const refuse = () => Promise.reject(new Error('a drill only opens'))
const refusing = { generateDataKey: refuse, encrypt: refuse, resolve: refuse }

const opener =
  (keys: KeyStore, keyArn: string) => async (blob: Uint8Array, context: Readonly<Record<string, string>>) => {
    const id = materialOf(blob)
    const region = keyArn.split(':')[3] as string
    const found = id === undefined ? undefined : await keys.material(region, id)
    if (found === undefined) throw new Error('the material of its key is not there')
    return { plaintext: openBlob(found.material, context, blob), keyArn: found.key.arn }
  }

async function named(what: string, prove: () => Promise<void>): Promise<void> {
  try {
    await prove()
  } catch (cause) {
    throw new SealError(
      `${what} does not open`,
      'the copy is not whole, or something in it was altered: look at the backup',
      cause,
    )
  }
}

async function count(unit: Unit, what: typeof countValues): Promise<number> {
  return Number((await unit.get<{ n: number }>(what, {}))?.n ?? 0)
}

function fileOf(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  const file = isFolder ? join(path, 'strongroom.db') : path
  // a pipe would be waited for
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false)
    throw new SealError(`${file} is no file`, 'name the copy of strongroom.db that your backup has made')
  return file
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => statSync(file, { throwIfNoEntry: false }))
  if (a === undefined || b === undefined) return false
  return (a.ino === b.ino && a.dev === b.dev) || realpathSync(one) === realpathSync(other)
}
