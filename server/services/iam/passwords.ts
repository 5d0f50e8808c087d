import { scrypt, timingSafeEqual } from 'node:crypto'
import { ApiError } from '#kernel/error'
import type { Random } from '#kernel/random'
import { Secret } from '#kernel/values/bytes'
import { Turns } from './turns.ts'

/**
 * Passwords are kept as scrypt hashes, each with its own salt and with the cost that it was made with:
 * `scrypt:15:8:1:<salt>:<hash>` (log2 of N, r, p; base64).
 */
const COST = { log2N: 15, r: 8, p: 1 }
const SALT_BYTES = 16
const HASH_BYTES = 32

/** Each takes 32 MiB and a thread of Node's pool, which has four and also flushes the store. */
const AT_ONCE = 2
/** Further ones that wait; who comes then is told to come again. */
const MOST_WAITING = 64

const turns = new Turns(AT_ONCE)
let asked = 0

/** The hash of a new password. Throws Throttling when too many others wait. */
export async function hashPassword(password: Secret<string>, random: Random): Promise<Secret<string>> {
  const salt = random.bytes(SALT_BYTES)
  const hash = await derive(password, salt, COST)
  const { log2N, r, p } = COST
  return new Secret(['scrypt', log2N, r, p, salt.toString('base64'), hash.toString('base64')].join(':'))
}

/** Whether the password is the one that the hash was made of. Costs the same for every answer. */
export async function isPassword(password: Secret<string>, kept: Secret<string>): Promise<boolean> {
  const [kind, log2N, r, p, salt = '', hash = ''] = kept.reveal().split(':')
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) }
  const right = Buffer.from(hash, 'base64')
  if (kind !== 'scrypt' || right.length !== HASH_BYTES) throw new Error('a kept password has an unknown form')
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64'), cost), right)
}

/** What no password is hashed to: for users that are not there or have none. */
export const NOBODYS = new Secret(
  `scrypt:${COST.log2N}:${COST.r}:${COST.p}:${Buffer.alloc(SALT_BYTES).toString('base64')}:${Buffer.alloc(HASH_BYTES).toString('base64')}`,
)

async function derive(password: Secret<string>, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  if (asked >= AT_ONCE + MOST_WAITING) throw new ApiError('Throttling', 'Rate exceeded', 400)
  asked++
  try {
    return await turns.run(() => once(password, salt, cost))
  } finally {
    asked--
  }
}

function once(password: Secret<string>, salt: Buffer, { log2N, r, p }: typeof COST): Promise<Buffer> {
  const N = 2 ** log2N
  const options = { N, r, p, maxmem: 256 * N * r }
  return new Promise((resolve, reject) => {
    const clear = Buffer.from(password.reveal())
    scrypt(clear, salt, HASH_BYTES, options, (error, hash) => {
      clear.fill(0)
      if (error === null) resolve(hash)
      else reject(error)
    })
  })
}
