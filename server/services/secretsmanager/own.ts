import type { Call } from '#kernel/call'
import { selectionOf, openReading } from './reading.ts'
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

  async valueFromHistory({ SecretId, VersionId }: AskedPast): Promise<SecretValue> {
    const asked = { SecretId, ...(VersionId !== undefined && { VersionId }) }
    return openReading(await this.#env.secrets.read(selectionOf(asked)), asked, this.#env, this.#call)
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
