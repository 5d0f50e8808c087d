import assert from 'node:assert/strict'
import type { Secret } from '#kernel/values/bytes'
import { type Started, rootOf } from '../../../test/start.ts'
import type { Database } from '../model/database.ts'
import type { Registration } from '../model/registration.ts'
import type { Env } from '../operation.ts'
import { register } from '../register.ts'

/** Registers a database with a started server as an operator does: the wire has no call for every kind. */
export function registerWith(
  { inside, account, clock }: Pick<Started, 'inside' | 'account' | 'clock'>,
  registration: Omit<Registration, 'account' | 'region' | 'username'> & { readonly username?: string },
  password?: Secret,
  manage?: { readonly kmsKeyId: string | undefined },
): Promise<Database> {
  const service = inside.services.find(({ name }) => name === 'rds')
  assert.ok(service)
  const region = 'us-east-1'
  return inside.storage.unit('write', async (unit) => {
    const now = clock.now()
    const call = {
      requestId: '',
      caller: rootOf(account),
      account,
      region,
      now,
      sourceIp: '',
      userAgent: '',
      secure: true,
    }
    const env = service.env(unit, { ...call, events: [] }) as Env
    const wanted = { username: 'admin', ...registration, account, region }
    return register({ registration: wanted, password, manage }, env, now)
  })
}
