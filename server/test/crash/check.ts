import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ResourceNotFoundException, type SecretsManager } from '@aws-sdk/client-secrets-manager'
import type { State } from './ledger.ts'
import type { Load } from './load.ts'
import { parameterState } from './parameters.ts'
import type { Clients } from './clients.ts'

/** What a check of one run saw. */
export interface Seen {
  readonly secrets: number
  readonly parameters: number
  readonly versions: number
  /** Changes that were on their way when the server died, and were made. */
  readonly openMade: number
  readonly openNotMade: number
}

/** Holds what the server shows now against what the run knows. Throws AssertionError at the first difference. */
export async function check({ secrets: client, ssm }: Clients, load: Load): Promise<Seen> {
  const { ledgers, parameters, shared } = load
  let [versions, openMade, openNotMade] = [0, 0, 0]
  const count = (outcome: string) => {
    if (outcome === 'open, made') openMade++
    else if (outcome === 'open, not made') openNotMade++
  }
  for (const ledger of ledgers) {
    const state = await stateOf(client, ledger.name)
    versions += state?.versions.size ?? 0
    count(ledger.settle(state))
  }
  for (const ledger of parameters) {
    const state = await parameterState(ssm, ledger.name)
    versions += state?.values.size ?? 0
    count(ledger.settle(state))
  }
  const state = await stateOf(client, shared.name)
  if (state === undefined) assert.equal(shared.acknowledged.size, 0, `${shared.name} was acknowledged and is gone`)
  else {
    versions += state.versions.size
    for (const [token, value] of shared.acknowledged)
      assert.equal(state.versions.get(token), value, `${shared.name} ${token}`)
    for (const [token, value] of state.versions) assert.equal(value, shared.sent.get(token), `${shared.name} ${token}`)
  }
  return { secrets: ledgers.length + 1, parameters: parameters.length, versions, openMade, openNotMade }
}

/** All that the wire shows of a secret; every version is decrypted. */
async function stateOf(client: SecretsManager, SecretId: string): Promise<State> {
  const found = await client.describeSecret({ SecretId }).catch((error: unknown) => {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  })
  if (found === undefined) return undefined
  const deleted = found.DeletedDate !== undefined
  if (deleted) await client.restoreSecret({ SecretId })
  const holders = (stage: string) =>
    Object.entries(found.VersionIdsToStages ?? {}).flatMap(([id, stages]) => (stages.includes(stage) ? [id] : []))
  const [current, ...others] = holders('AWSCURRENT')
  const previous = holders('AWSPREVIOUS')
  assert.ok(current !== undefined && others.length === 0, `${SecretId}: not exactly one AWSCURRENT`)
  assert.ok(previous.length <= 1, `${SecretId}: ${previous.length} versions are AWSPREVIOUS`)
  const versions = new Map<string, string>()
  const { Versions = [], NextToken } = await client.listSecretVersionIds({
    SecretId,
    IncludeDeprecated: true,
    MaxResults: 100,
  })
  assert.equal(NextToken, undefined)
  for (const { VersionId = '' } of Versions) {
    const { SecretString = '' } = await client.getSecretValue({ SecretId, VersionId })
    versions.set(VersionId, SecretString)
  }
  assert.equal((await client.getSecretValue({ SecretId })).VersionId, current)
  if (deleted) await client.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
  return {
    description: found.Description ?? '',
    tag: found.Tags?.find(({ Key }) => Key === 'tag')?.Value ?? '',
    deleted,
    versions,
    current,
    previous: previous[0],
  }
}

/** Rows of which the other half is missing; none may ever be there. */
const HALVES = {
  'a stage of no version': `select count(*) as n from secret_stage s where not exists (select 1 from secret_version v
    where v.account = s.account and v.region = s.region and v.secret = s.secret and v.version = s.version)`,
  'a version of no secret': `select count(*) as n from secret_version v where not exists (select 1 from secret s
    where s.account = v.account and s.region = v.region and s.id = v.secret)`,
  'a secret without exactly one AWSCURRENT': `select count(*) as n from secret s where 1 <> (select count(*) from secret_stage t
    where t.account = s.account and t.region = s.region and t.secret = s.id and t.stage = 'AWSCURRENT')`,
  'a label of no version': `select count(*) as n from parameter_label l where not exists (select 1 from parameter_version v
    where v.account = l.account and v.region = l.region and v.parameter = l.parameter and v.version = l.version)`,
  'a version of no parameter': `select count(*) as n from parameter_version v where not exists (select 1 from parameter p
    where p.account = v.account and p.region = v.region and p.id = v.parameter)`,
  'a parameter without its newest version': `select count(*) as n from parameter p where p.latest <> (select max(version)
    from parameter_version v where v.account = p.account and v.region = p.region and v.parameter = p.id)`,
}

/**
 * Looks into the files that a killed server left, in a copy, so that the next start has the recovery still to do: sound
 * by SQLite's own check, and no half change in them.
 */
export function checkFiles(directory: string): void {
  const copy = mkdtempSync(join(tmpdir(), 'strongroom-crash-copy-'))
  try {
    for (const name of ['strongroom.db', 'audit.db'])
      for (const suffix of ['', '-wal'])
        if (existsSync(join(directory, name + suffix)))
          copyFileSync(join(directory, name + suffix), join(copy, name + suffix))
    for (const name of ['strongroom.db', 'audit.db']) {
      if (!existsSync(join(copy, name))) continue
      const database = new DatabaseSync(join(copy, name))
      assert.deepEqual(
        database
          .prepare('pragma integrity_check')
          .all()
          .map((row) => row.integrity_check),
        ['ok'],
        name,
      )
      const there = database.prepare("select count(*) as n from sqlite_schema where name = 'parameter_label'").get()?.n
      if (there === 1)
        for (const [what, sql] of Object.entries(HALVES))
          assert.equal(database.prepare(sql).get()?.n, 0, `${name}: ${what}`)
      database.close()
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
