import type { Unit } from '#kernel/storage/storage'
import type { Alias, FunctionPolicy, LambdaFunction, SealedEnvironment, Version } from './model/function.ts'
import type { Settings } from './model/configuration.ts'
import type { Cell } from './model/names.ts'
import { LATEST } from './model/names.ts'
import type { Rows } from './rows.ts'
import * as sql from './store.sql.ts'

/** Functions with their versions, in one unit of work. Throws RowForged for a row that this server did not write. */
export class Functions {
  readonly #unit: Unit
  readonly #rows: Rows

  constructor(unit: Unit, rows: Rows) {
    this.#unit = unit
    this.#rows = rows
  }

  async find(cell: Cell, name: string): Promise<LambdaFunction | undefined> {
    return this.#functionOf(await this.#unit.get<sql.FunctionRow>(sql.findFunction, { ...placeOf(cell), name }))
  }

  /** The same, kept from others until the unit ends. */
  async lock(cell: Cell, name: string): Promise<LambdaFunction | undefined> {
    return this.#functionOf(await this.#unit.get<sql.FunctionRow>(sql.lockFunction, { ...placeOf(cell), name }))
  }

  async insert(made: LambdaFunction): Promise<void> {
    const row = functionRow(made)
    await this.#unit.run(sql.insertFunction, {
      account: row.account,
      region: row.region,
      name: row.name,
      id: row.id,
      createdAt: row.created_at,
      reserved: row.reserved,
      tags: row.tags,
      lastVersion: row.last_version,
      mac: this.#rows.macOfFunction(row),
    })
  }

  /** Writes what may change of a function. */
  async save(changed: LambdaFunction): Promise<void> {
    const row = functionRow(changed)
    const { account, region, name, reserved, tags } = row
    const mac = this.#rows.macOfFunction(row)
    await this.#unit.run(sql.updateFunction, {
      account,
      region,
      name,
      reserved,
      tags,
      lastVersion: row.last_version,
      mac,
    })
  }

  /** Takes a function away with all that is its own; answers the ids of the code that it had. */
  async remove({ account, region, name }: LambdaFunction): Promise<string[]> {
    const place = { account, region, name }
    const codes = await this.#unit.all<{ code_id: string }>(sql.codesOf, place)
    await this.#unit.run(sql.deleteVersions, place)
    await this.#unit.run(sql.deleteFunction, place)
    for (const each of [sql.deleteAliases, sql.deletePolicies, sql.deleteEvents])
      await this.#unit.run(each, { account, region, functionName: name })
    return codes.map(({ code_id }) => code_id)
  }

  /** Functions in the order of their names, from behind `after`. */
  async list(cell: Cell, after: string, most: number): Promise<LambdaFunction[]> {
    const rows = await this.#unit.all<sql.FunctionRow>(sql.listFunctions, { ...placeOf(cell), after, most })
    return rows.map((row) => this.#functionOf(row) as LambdaFunction)
  }

  /** What is reserved for all functions but this one. */
  async reservedBeside(cell: Cell, name: string): Promise<number> {
    const row = await this.#unit.get<{ total: number }>(sql.reservedTotal, { ...placeOf(cell), name })
    return Number(row?.total ?? 0)
  }

  /** How many functions there are, and the bytes of their code. */
  async usage(cell: Cell): Promise<{ readonly functions: number; readonly codeBytes: number }> {
    const count = await this.#unit.get<{ functions: number }>(sql.usage, placeOf(cell))
    const code = await this.#unit.get<{ total: number }>(sql.codeTotal, placeOf(cell))
    return { functions: Number(count?.functions ?? 0), codeBytes: Number(code?.total ?? 0) }
  }

  async version(of: LambdaFunction, version: string): Promise<Version | undefined> {
    const number = numberOf(version)
    if (number === undefined) return undefined
    const row = await this.#unit.get<sql.VersionRow>(sql.findVersion, { ...placeOf(of), name: of.name, number })
    return row === undefined ? undefined : this.#versionOf(of, row)
  }

  /** Versions in the order of their numbers from `from` on; 0 is $LATEST. */
  async versions(of: LambdaFunction, from: number, most: number): Promise<Version[]> {
    const rows = await this.#unit.all<sql.VersionRow>(sql.listVersions, { ...placeOf(of), name: of.name, from, most })
    return rows.map((row) => this.#versionOf(of, row))
  }

  insertVersion(of: LambdaFunction, version: Version): Promise<void> {
    return this.#writeVersion(sql.insertVersion, of, version, true)
  }

  saveVersion(of: LambdaFunction, version: Version): Promise<void> {
    return this.#writeVersion(sql.updateVersion, of, version, false)
  }

  async removeVersion(of: LambdaFunction, version: string): Promise<void> {
    await this.#unit.run(sql.deleteVersion, { ...placeOf(of), name: of.name, number: numberOf(version) ?? -1 })
  }

  async #writeVersion(statement: typeof sql.insertVersion, of: LambdaFunction, version: Version, whole: boolean) {
    const row = versionRow(of, version)
    await this.#unit.run(statement, {
      account: row.account,
      region: row.region,
      name: row.name,
      number: row.number,
      ...(whole ? { functionId: row.function_id } : {}),
      settings: row.settings,
      environmentId: row.environment_id,
      environmentKey: row.environment_key,
      environment: row.environment,
      environmentKms: row.environment_kms,
      codeId: row.code_id,
      codeSha256: row.code_sha256,
      codeBytes: row.code_bytes,
      revision: row.revision,
      modifiedAt: row.modified_at,
      mac: this.#rows.macOfVersion(row),
    })
  }

  #functionOf(row: sql.FunctionRow | undefined): LambdaFunction | undefined {
    if (row === undefined) return undefined
    this.#rows.checkFunction(row)
    return {
      account: row.account,
      region: row.region,
      name: row.name,
      id: row.id,
      createdAt: Number(row.created_at),
      reserved: row.reserved === null ? undefined : Number(row.reserved),
      tags: new Map(JSON.parse(row.tags) as [string, string][]),
      lastVersion: Number(row.last_version),
    }
  }

  #versionOf(of: LambdaFunction, row: sql.VersionRow): Version {
    this.#rows.checkVersion(row)
    // Rows of a function that was deleted cannot stand in for those of its namesake.
    if (row.function_id !== of.id) throw new Error(`version ${row.number} of ${of.name} belongs to another function`)
    return {
      version: Number(row.number) === 0 ? LATEST : String(row.number),
      settings: JSON.parse(row.settings) as Settings,
      environment: environmentOf(row),
      code: { id: row.code_id, sha256: row.code_sha256, bytes: Number(row.code_bytes) },
      revision: row.revision,
      modifiedAt: Number(row.modified_at),
    }
  }
}

/** The aliases of functions, in one unit of work. */
export class Aliases {
  readonly #unit: Unit
  readonly #rows: Rows

  constructor(unit: Unit, rows: Rows) {
    this.#unit = unit
    this.#rows = rows
  }

  async find(of: LambdaFunction, name: string): Promise<Alias | undefined> {
    const row = await this.#unit.get<sql.AliasRow>(sql.findAlias, { ...placeOf(of), functionName: of.name, name })
    return row === undefined ? undefined : this.#aliasOf(row)
  }

  async list(of: LambdaFunction, after: string, most: number): Promise<Alias[]> {
    const place = { ...placeOf(of), functionName: of.name, after, most }
    return (await this.#unit.all<sql.AliasRow>(sql.listAliases, place)).map((row) => this.#aliasOf(row))
  }

  async insert(of: LambdaFunction, alias: Alias): Promise<void> {
    const row = aliasRow(of, alias)
    const { account, region, name, version, route, description, revision } = row
    const ids = { functionName: row.function_name, functionId: row.function_id }
    const mac = this.#rows.macOfAlias(row)
    await this.#unit.run(sql.insertAlias, { account, region, ...ids, name, version, route, description, revision, mac })
  }

  async save(of: LambdaFunction, alias: Alias): Promise<void> {
    const row = aliasRow(of, alias)
    const { account, region, name, version, route, description, revision } = row
    const functionName = row.function_name
    const mac = this.#rows.macOfAlias(row)
    await this.#unit.run(sql.updateAlias, {
      account,
      region,
      functionName,
      name,
      version,
      route,
      description,
      revision,
      mac,
    })
  }

  async remove(of: LambdaFunction, name: string): Promise<void> {
    await this.#unit.run(sql.deleteAlias, { ...placeOf(of), functionName: of.name, name })
  }

  #aliasOf(row: sql.AliasRow): Alias {
    this.#rows.checkAlias(row)
    return {
      name: row.name,
      version: row.version,
      route: row.route === null ? undefined : (JSON.parse(row.route) as NonNullable<Alias['route']>),
      description: row.description,
      revision: row.revision,
    }
  }
}

/** The permissions of functions, in one unit of work. An undefined qualifier is the function itself. */
export class Policies {
  readonly #unit: Unit
  readonly #rows: Rows

  constructor(unit: Unit, rows: Rows) {
    this.#unit = unit
    this.#rows = rows
  }

  async find(of: LambdaFunction, qualifier: string | undefined): Promise<FunctionPolicy | undefined> {
    const place = { ...placeOf(of), functionName: of.name, qualifier: qualifier ?? '' }
    const row = await this.#unit.get<sql.PolicyRow>(sql.findPolicy, place)
    if (row === undefined) return undefined
    this.#rows.checkPolicy(row)
    if (row.function_id !== of.id) throw new Error(`a policy of ${of.name} belongs to another function`)
    return { document: row.document, principals: row.principals, revision: row.revision }
  }

  async put(of: LambdaFunction, qualifier: string | undefined, policy: FunctionPolicy): Promise<void> {
    const { account, region, name, id } = of
    const row = { account, region, function_name: name, qualifier: qualifier ?? '', function_id: id, ...policy }
    const { document, principals, revision } = policy
    const ids = { functionName: name, functionId: id, qualifier: row.qualifier }
    const mac = this.#rows.macOfPolicy(row)
    await this.#unit.run(sql.putPolicy, { account, region, ...ids, document, principals, revision, mac })
  }

  async remove(of: LambdaFunction, qualifier: string | undefined): Promise<void> {
    await this.#unit.run(sql.deletePolicy, { ...placeOf(of), functionName: of.name, qualifier: qualifier ?? '' })
  }
}

const placeOf = ({ account, region }: Cell) => ({ account, region })

/** $LATEST is 0; undefined for what is no version. */
function numberOf(version: string): number | undefined {
  if (version === LATEST) return 0
  return /^[1-9]\d{0,14}$/.test(version) ? Number(version) : undefined
}

function functionRow({ account, region, name, id, createdAt, reserved, tags, lastVersion }: LambdaFunction) {
  return {
    account,
    region,
    name,
    id,
    created_at: createdAt,
    reserved: reserved ?? null,
    tags: JSON.stringify([...tags]),
    last_version: lastVersion,
  }
}

function versionRow({ account, region, name, id }: LambdaFunction, version: Version) {
  const { environment, code } = version
  return {
    account,
    region,
    name,
    number: numberOf(version.version) ?? 0,
    function_id: id,
    settings: JSON.stringify(version.settings),
    environment_id: environment?.id ?? null,
    environment_key: environment?.key ?? null,
    environment: environment?.sealed ?? null,
    environment_kms: environment?.kmsKeyArn ?? null,
    code_id: code.id,
    code_sha256: code.sha256,
    code_bytes: code.bytes,
    revision: version.revision,
    modified_at: version.modifiedAt,
  }
}

function environmentOf(row: sql.VersionRow): SealedEnvironment | undefined {
  if (row.environment_id === null || row.environment_key === null || row.environment === null) return undefined
  return {
    id: row.environment_id,
    key: row.environment_key,
    sealed: row.environment,
    kmsKeyArn: row.environment_kms ?? undefined,
  }
}

function aliasRow({ account, region, name, id }: LambdaFunction, alias: Alias) {
  return {
    account,
    region,
    function_name: name,
    name: alias.name,
    function_id: id,
    version: alias.version,
    route: alias.route === undefined ? null : JSON.stringify(alias.route),
    description: alias.description,
    revision: alias.revision,
  }
}
