import type { Vault } from '#kernel/sealing/vault'
import { Secret } from '#kernel/values/bytes'
import type { Database, Key } from './model/database.ts'

/** Label of the vault's key. */
const LABEL = 'rds/password'

type Holder = Pick<Database, keyof Key | 'resourceId'>

/** Passwords of master users as they stand in rows: wrapped, and bound to the database that they are of. */
export class Passwords {
  readonly #vault: Pick<Vault, 'wrap' | 'unwrap'>

  constructor(vault: Pick<Vault, 'wrap' | 'unwrap'>) {
    this.#vault = vault
  }

  wrap(holder: Holder, password: Secret): Uint8Array {
    const bytes = Buffer.from(password.reveal())
    try {
      return this.#vault.wrap(LABEL, bytes, boundTo(holder))
    } finally {
      bytes.fill(0)
    }
  }

  open(holder: Holder, wrapped: Uint8Array): Secret {
    const bytes = this.#vault.unwrap(LABEL, wrapped, boundTo(holder))
    try {
      return new Secret(bytes.toString())
    } finally {
      bytes.fill(0)
    }
  }
}

const boundTo = ({ account, region, kind, id, resourceId }: Holder) => [account, region, kind, id, resourceId]
