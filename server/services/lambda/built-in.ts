import type { KeyObject } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { Unit } from '#kernel/storage/storage'
import { type BuiltInRow, findBuiltIn, saveBuiltIn } from './built-in.sql.ts'
import type { Cell } from './model/names.ts'

/** What an account has set for a function that is built in: its environment, which is not secret, and nothing else. */
export interface BuiltInSettings {
  readonly variables: Readonly<Record<string, string>>
  readonly revision: string
  readonly modifiedAt: number
}

/** The settings of built-in functions, in one unit of work. Throws RowForged for a row that this server did not write. */
export class BuiltInFunctions {
  readonly #unit: Unit
  readonly #key: KeyObject

  /** @param key of the vault, for the MACs: a policy of passwords that somebody wrote into the file counts for nothing */
  constructor(unit: Unit, key: KeyObject) {
    this.#unit = unit
    this.#key = key
  }

  async find({ account, region }: Cell, name: string): Promise<BuiltInSettings | undefined> {
    const row = await this.#unit.get<BuiltInRow>(findBuiltIn, { account, region, name })
    if (row === undefined) return undefined
    checkRow(this.#key, 'lambda_built_in', fieldsOf(row), row.mac, `${name} in ${account} ${region}`)
    return {
      variables: JSON.parse(row.variables) as Record<string, string>,
      revision: row.revision,
      modifiedAt: Number(row.modified_at),
    }
  }

  async save({ account, region }: Cell, name: string, settings: BuiltInSettings): Promise<void> {
    const { revision, modifiedAt } = settings
    const variables = JSON.stringify(settings.variables)
    const fields = fieldsOf({ account, region, name, variables, revision, modified_at: modifiedAt })
    const mac = rowMac(this.#key, 'lambda_built_in', fields)
    await this.#unit.run(saveBuiltIn, { account, region, name, variables, revision, modifiedAt, mac })
  }
}

const fieldsOf = (row: Omit<BuiltInRow, 'mac'>): Field[] => [
  row.account,
  row.region,
  row.name,
  row.variables,
  row.revision,
  Number(row.modified_at),
]
