import { type Random, text } from '#kernel/random'

/**
 * The access key id of temporary credentials tells their account: `ASIA`, then 80 bits in base 32, of which bit 47 of the
 * first 48 is set and the 40 below it are the account. Tools that read accounts off AWS's ids read ours as well. Observed by
 * the public in ids of AWS since 2019; AWS says no more than that GetAccessKeyInfo can tell the account.
 */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const SECRET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const SHAPE = /^ASIA[A-Z2-7]{16}$/
const FLAG = 2 ** 47
/** What stands below the account: chance. */
const BELOW = 2 ** 7
/** One character of base 32 holds five bits. */
const CHARACTER = 32
const MOST_ACCOUNT = 999_999_999_999

/** An access key id for temporary credentials of the account: 20 characters, 39 bits of chance. */
export function newSessionKeyId(account: string, random: Random): string {
  // Ten characters hold 50 bits: the first 48, and two more of chance.
  let head = (FLAG + Number(account) * BELOW + random.below(BELOW)) * 4 + random.below(4)
  let id = ''
  for (let i = 0; i < 10; i++) {
    id = (BASE32[head % CHARACTER] as string) + id
    head = Math.floor(head / CHARACTER)
  }
  return `ASIA${id}${text(random, 6, BASE32)}`
}

/** Whether it can be the access key id of temporary credentials of this deployment, or of AWS. */
export function isSessionKeyId(accessKeyId: string): boolean {
  return SHAPE.test(accessKeyId)
}

/** The account in such an id; undefined when there is none. */
export function accountIn(accessKeyId: string): string | undefined {
  if (!isSessionKeyId(accessKeyId)) return undefined
  let head = 0
  for (const character of accessKeyId.slice(4, 14)) head = head * CHARACTER + BASE32.indexOf(character)
  const bits = Math.floor(head / 4)
  if (bits < FLAG) return undefined
  const account = Math.floor((bits - FLAG) / BELOW)
  return account > MOST_ACCOUNT ? undefined : String(account).padStart(12, '0')
}

/** The secret key of temporary credentials: 40 characters, 240 bits. */
export function newSecretKey(random: Random): string {
  return text(random, 40, SECRET)
}
