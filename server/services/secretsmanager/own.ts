import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { arn } from '#kernel/values/arn'
import { comparisonTargets, compareVersions } from './history/comparing.ts'
import { historyTargets, listHistory } from './history/listing.ts'
import { pastValueTargets, readPast } from './history/reading.ts'
import type { AskedComparison, AskedHistory, ToldComparison, ToldHistory } from './history/told.ts'
import type { AskedRestore, AskedRollBack, Restored, RolledBack } from './history/asked.ts'
import { Restoring } from './history/restoring.ts'
import { rollBack } from './history/rolling-back.ts'
import type { AskedImport } from './moving/asked.ts'
import { type Imported, importSecret } from './moving/import.ts'
import { importTargets } from './moving/targets.ts'
import type { Env } from './operation.ts'
import type { AskedPast, Needed, OwnOperations, SecretValue } from './port.ts'
import type { AskedSearch, SearchPage } from './searching/asked.ts'
import { search } from './searching/searching.ts'
import { type SecretTarget, targetOf } from './target.ts'

/** The work of operations that AWS does not have: see the port. */
export class Own implements OwnOperations {
  readonly #env: Env
  readonly #call: Call

  constructor(env: Env, call: Call) {
    this.#env = env
    this.#call = call
  }

  async targets(id: string, needed: readonly Needed[]): Promise<readonly SecretTarget[]> {
    const { secrets, random } = this.#env
    const found = await secrets.find(id)
    return needed.map((said) => targetOf(id, found, this.#call, random, { ...said, foreign: true }))
  }

  pastValueTargets(asked: AskedPast): Promise<readonly SecretTarget[]> {
    return pastValueTargets(this.#env, this.#call, asked)
  }

  valueFromHistory(asked: AskedPast): Promise<SecretValue> {
    return readPast(this.#env, this.#call, asked)
  }

  historyTargets(id: string): Promise<readonly SecretTarget[]> {
    return historyTargets(this.#env, this.#call, id)
  }

  history(asked: AskedHistory): Promise<ToldHistory> {
    return listHistory(this.#env, this.#call, asked)
  }

  comparisonTargets(asked: AskedComparison): Promise<readonly SecretTarget[]> {
    return comparisonTargets(this.#env, this.#call, asked)
  }

  compare(asked: AskedComparison): Promise<ToldComparison> {
    return compareVersions(this.#env, this.#call, asked)
  }

  rollBack(asked: AskedRollBack): Promise<RolledBack> {
    return rollBack(this.#env, this.#call, asked)
  }

  /** A pattern as policies have it: `…:secret:app/*` allows what is under `app/`. */
  targetsUnder(prefix: string, named: boolean): readonly Target[] {
    const { region, account } = this.#call
    const under = { resource: arn('secretsmanager', region, account, `secret:${prefix}*`), shown: `${prefix}*` }
    return named ? [under] : [under, { resource: '*', action: 'secretsmanager:ListSecrets' }]
  }

  restore(asked: AskedRestore): Promise<Restored> {
    return new Restoring(this.#env, this.#call, asked).restore()
  }

  search(asked: AskedSearch): Promise<SearchPage> {
    return search(asked, this.#env, this.#call)
  }

  importTargets(asked: AskedImport): Promise<readonly SecretTarget[]> {
    return importTargets(this.#env, this.#call, asked)
  }

  importSecret(asked: AskedImport): Promise<Imported> {
    return importSecret(this.#env, this.#call, asked)
  }
}
