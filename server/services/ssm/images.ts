import { hash, type KeyObject } from 'node:crypto'
import { ApiError } from '#kernel/error'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { Cipher } from './cipher.ts'
import { type HandlerParts, Later } from './jobs.ts'
import * as sql from './later.sql.ts'
import { changed } from './model/change.ts'
import { parameterArn } from './model/name.ts'
import type { Cell, Found, Parameter, Sealed, Version } from './model/parameter.ts'
import { isImage } from './model/value.ts'
import type { Limits } from './operation.ts'
import { place } from './placing.ts'
import { Parameters } from './store.ts'

const LOOK = 'ssm/image'

/** By which versions are held. */
export interface ImageParts {
  readonly jobs: Jobs
  /** Authenticates rows: of the vault. */
  readonly rowKey: KeyObject
}

/** A version that waits, and what it is to be of. */
interface Held {
  /** Whether it is the first one of a new parameter. */
  readonly creates: boolean
  readonly parameter: Pick<Parameter, 'id' | 'name' | 'latest' | 'tier' | 'createdAt'> & {
    readonly tags: readonly (readonly [string, string])[]
    readonly expiresAt: number | null
  }
  readonly version: Omit<Sealed, 'content'>
}

/**
 * Versions of data type `aws:ec2:image`: PutParameter has answered, and nobody sees them before a job has looked at them. Until then
 * no other version can be written. Source: parameterstore.md 3.2, 7.1.
 */
export class Images {
  readonly #parts: ImageParts
  readonly #unit: Unit

  constructor(parts: ImageParts, unit: Unit) {
    this.#parts = parts
    this.#unit = unit
  }

  /** Whether a version of the parameter of that key waits. */
  async isHeld({ account, region }: Cell, key: string): Promise<boolean> {
    return (await this.#unit.get(sql.findPending, { account, region, key })) !== undefined
  }

  /** Puts a version down, to be looked at at once. `creates`: it is the first one of a new parameter. */
  async hold(parameter: Parameter, { content, ...version }: Sealed, creates: boolean, now: number): Promise<void> {
    const { account, region, key, id, name, latest, tier, createdAt, tags, expiresAt = null } = parameter
    const kept = { id, name, latest, tier, createdAt, tags: [...tags], expiresAt }
    const held: Held = { creates, parameter: kept, version }
    const write = JSON.stringify(held)
    const mac = rowMac(this.#parts.rowKey, TABLE, fieldsOf({ account, region }, key, write, content))
    await this.#unit.run(sql.insertPending, { account, region, key, write, content, mac })
    await this.#parts.jobs.schedule(this.#unit, {
      ...{ kind: LOOK, key: `${account}/${region}/${key}`, dueAt: now },
      payload: { account, region, key },
    })
  }
}

const TABLE = 'parameter_pending'

function fieldsOf({ account, region }: Cell, key: string, write: string, content: Uint8Array): Field[] {
  return [account, region, key, write, hash('sha256', content)]
}

/** Over which store the job runs. */
export interface ImageHandlerParts extends HandlerParts, ImageParts {
  readonly vault: Vault
  readonly limits: Limits
}

/** Source: parameterstore.md 10. */
const EXCEPTION = 'Unable to Describe Resource'

/** The handler of the job that looks at versions: what has the form of an image's id becomes visible, of the rest an event tells. */
export function imageHandler(parts: ImageHandlerParts): JobHandler {
  return {
    kind: LOOK,
    async run(unit, payload, due) {
      const { account, region, key } = payload as Cell & { readonly key: string }
      const here = { account, region, now: Math.max(due, parts.clock.now()) }
      const row = await unit.get<sql.PendingRow>(sql.findPending, { account, region, key })
      if (row === undefined) return
      const arn = parameterArn(region, account, key)
      checkRow(parts.rowKey, TABLE, fieldsOf(here, key, row.write, row.content), row.mac, arn)
      await unit.run(sql.deletePending, { account, region, key })
      const held = JSON.parse(row.write) as Held
      const parameters = new Parameters(unit, here, parts.rows, parts.readings)
      const found = await parameters.find(key)
      if (!fits(held, found)) return
      const own = { account, region, key, arn }
      const version: Sealed = { ...definite(held.version), content: row.content }
      const parameter = becoming(held, own, found)
      const tell = (event: ReturnType<typeof changed>) => parts.events.emit(unit, event, here.now)
      const refuse = (exception: string) =>
        tell(changed(held.creates ? 'Create' : 'Update', parameter, version, { exception }))
      if (!isImage(await textOf(parts, parameter, version))) return refuse(EXCEPTION)
      const env = { parameters, later: new Later(parts, unit), events: tell, limits: parts.limits }
      try {
        await place(parameter, version, found, env, here.now)
      } catch (error) {
        // a label was put on the oldest version meanwhile
        if (!(error instanceof ApiError)) throw error
        await refuse(error.message)
      }
    },
  }
}

/** Whether the parameter is still the one that the version was written for. */
function fits({ creates, parameter }: Held, found: Found | undefined): boolean {
  if (creates) return found === undefined
  return found?.parameter.id === parameter.id && found.parameter.latest === parameter.latest - 1
}

/** The parameter as it is with the version: tags may have changed since. */
function becoming(
  { parameter: held }: Held,
  own: Pick<Parameter, 'account' | 'region' | 'key' | 'arn'>,
  found: Found | undefined,
): Parameter {
  const { id, name, latest, tier, createdAt } = held
  const moved = { latest, tier, expiresAt: held.expiresAt ?? undefined }
  if (found !== undefined) return { ...found.parameter, ...moved }
  return { ...own, id, name, createdAt, tags: new Map(held.tags), sharing: undefined, ...moved }
}

/** What JSON leaves out is undefined. */
function definite(version: Partial<Version>): Version {
  return { keyId: undefined, description: undefined, allowedPattern: undefined, ...version } as Version
}

/** An image is a String: no key of KMS is needed. */
async function textOf({ vault, random }: ImageHandlerParts, parameter: Parameter, version: Sealed): Promise<string> {
  const keys = () => {
    throw new Error('the id of an image is no SecureString')
  }
  return new Cipher(vault, keys, random).open(parameter, version)
}
