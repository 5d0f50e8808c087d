import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import { boundBytes } from '#kernel/sealing/bound'
import { SealBroken } from '#kernel/sealing/broken'
import { openMessage, purpose, sealMessage } from '#kernel/sealing/message'
import type { Random } from '#kernel/random'
import { rowMac } from '#kernel/sealing/row-mac'
import { Root } from '#kernel/sealing/root'
import type { RootRow, SealRow, TermRow } from '#kernel/sealing/rows.sql'

/**
 * How the root key is wrapped for a seal, and what is wrapped under the root key.
 *
 * Each seal has a pair of X25519 keys besides, derived from its key. A new root key can so be wrapped for a seal that is not
 * at hand (the shares lie in safes, the token is in another building), and whoever has an old root key learns nothing of a new one.
 * That the public key in a row is the seal's own says the row's MAC, under the root key.
 *
 * A public key is for everybody, also for who may only write to the database: he could box a root key of his own, and would then know
 * all that is written from the next start on. So a box needs a secret besides (the box key), derived from the seal's key too, and kept
 * under the root key: who boxes has had that.
 *
 *     box = ephemeral public key(32) | message under HMAC-SHA-512(X25519 | box key, label | ephemeral | public key)[0..32]
 */

const ROOT = purpose('strongroom/seal/v1/root')
const BOX = purpose('strongroom/seal/v1/box')
const BOX_KEY = purpose('strongroom/root/v1/box-key')
const KEYRING = purpose('strongroom/root/v1/keyring')
const LINK = purpose('strongroom/root/v1/link')
const KEY_SIZE = 32

/** DER of a PKCS #8 X25519 private key, and of a public one, up to their 32 bytes. Source: RFC 8410. */
const PRIVATE_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex')
const PUBLIC_HEAD = Buffer.from('302a300506032b656e032100', 'hex')

/** What a row of a seal is, as far as its root key is bound to it. */
export type SealIdentity = Pick<SealRow, 'id' | 'kind' | 'parameters'>

const identityOf = ({ id, kind, parameters }: SealIdentity): Buffer => boundBytes(['seal', id, kind, parameters])

/** Wraps the root key under a seal's key. */
export function wrapRoot(key: KeyObject, row: SealIdentity, root: Root, random: Random): Buffer {
  return sealMessage(key, ROOT, identityOf(row), root.bytes(), random)
}

/** Wraps the root key for a seal that is not at hand. `secret`: its box key, which the caller zeroes. */
export function boxRoot(
  publicKey: Uint8Array,
  secret: Uint8Array,
  row: SealIdentity,
  root: Root,
  random: Random,
): Buffer {
  const seed = random.bytes(KEY_SIZE)
  const ephemeral = privateOf(seed)
  seed.fill(0)
  const mine = rawPublic(ephemeral)
  const shared = diffieHellman({ privateKey: ephemeral, publicKey: publicOf(publicKey) })
  const key = messageKey(shared, secret, mine, publicKey)
  const out = sealMessage(key, BOX, identityOf(row), root.bytes(), random, KEY_SIZE)
  out.set(mine)
  return out
}

/** Opens a row's root key with the seal's key. Throws SealBroken when it is not the right one. */
export function unwrapRoot(key: KeyObject, row: SealIdentity & Pick<SealRow, 'wrapped_root' | 'wrapping'>): Buffer {
  const { wrapped_root: wrapped } = row
  if (row.wrapping !== 'box') return openMessage(key, ROOT, identityOf(row), wrapped)
  if (wrapped.length < KEY_SIZE) throw new SealBroken()
  const pair = pairOf(key)
  const theirs = Buffer.from(wrapped.subarray(0, KEY_SIZE))
  let shared: Buffer
  try {
    shared = diffieHellman({ privateKey: pair, publicKey: publicOf(theirs) })
  } catch {
    throw new SealBroken()
  }
  const secret = boxKeyOf(key)
  const opener = messageKey(shared, secret, theirs, rawPublic(pair))
  secret.fill(0)
  return openMessage(opener, BOX, identityOf(row), wrapped, KEY_SIZE)
}

/** The box key of a seal, 32 bytes. */
export function boxKeyOf(key: KeyObject): Buffer {
  const bytes = createHmac('sha512', key).update('strongroom/seal/v1/box-key').digest()
  bytes.fill(0, KEY_SIZE)
  return bytes.subarray(0, KEY_SIZE)
}

/** Wraps a seal's box key, for whoever will have this root key. */
export function wrapBoxKey(root: Root, row: SealIdentity, secret: Uint8Array, random: Random): Buffer {
  return sealMessage(root.key(), BOX_KEY, identityOf(row), secret, random)
}

/** Opens it; the caller zeroes the answer. Throws SealBroken. */
export function unwrapBoxKey(root: Root, row: SealIdentity, wrapped: Uint8Array): Buffer {
  return openMessage(root.key(), BOX_KEY, identityOf(row), wrapped)
}

/** The public key of a seal, 32 bytes. */
export function publicKeyOf(key: KeyObject): Buffer {
  return rawPublic(pairOf(key))
}

function pairOf(key: KeyObject): KeyObject {
  const bytes = createHmac('sha512', key).update('strongroom/seal/v1/pair').digest()
  const pair = privateOf(bytes.subarray(0, KEY_SIZE))
  bytes.fill(0)
  return pair
}

function privateOf(seed: Uint8Array): KeyObject {
  const der = Buffer.concat([PRIVATE_HEAD, seed])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  return key
}

const publicOf = (raw: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, raw]), format: 'der', type: 'spki' })

const rawPublic = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_HEAD.length)

function messageKey(shared: Buffer, secret: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array): KeyObject {
  const both = Buffer.allocUnsafeSlow(shared.length + secret.length)
  both.set(shared)
  both.set(secret, shared.length)
  const bytes = createHmac('sha512', both)
    .update('strongroom/seal/v1/box\0')
    .update(ephemeral)
    .update(recipient)
    .digest()
  shared.fill(0)
  both.fill(0)
  const key = createSecretKey(bytes.subarray(0, KEY_SIZE))
  bytes.fill(0)
  return key
}

/** Whether the row is as somebody wrote it who had the root key. */
export function isOurs(root: Root, row: Parameters<typeof sealMac>[1] & Pick<SealRow, 'mac'>): boolean {
  const right = sealMac(root, row)
  return row.mac?.length === right.length && timingSafeEqual(right, row.mac)
}

/** The MAC of a row: that it is of a seal which somebody added who had the root key. */
export function sealMac(
  root: Root,
  row: Pick<SealRow, 'id' | 'kind' | 'parameters' | 'public_key' | 'created_at'>,
): Buffer {
  const publicKey = row.public_key === null ? null : Buffer.from(row.public_key).toString('base64')
  const fields = [row.id, row.kind, row.parameters, publicKey, row.created_at === null ? null : Number(row.created_at)]
  return rowMac(root.subkey('seal-rows'), 'seal', fields)
}

/** Wraps one key of the keyring. */
export function wrapTerm(root: Root, term: number, bytes: Uint8Array, random: Random): Buffer {
  return sealMessage(root.key(), KEYRING, boundBytes(['keyring', String(term)]), bytes, random)
}

/** Opens one; the caller zeroes the answer. Throws SealBroken. */
export function unwrapTerm(root: Root, { term, wrapped }: Pick<TermRow, 'term' | 'wrapped'>): Buffer {
  return openMessage(root.key(), KEYRING, boundBytes(['keyring', String(term)]), wrapped)
}

/** Wraps a root key under the one before, for servers that have that one. */
export function linkRoot(old: Root, next: Root, random: Random): Buffer {
  return sealMessage(old.key(), LINK, boundBytes(['root', String(next.number)]), next.bytes(), random)
}

/** The next root key, out of its link. Throws SealBroken. */
export function followLink(old: Root, row: Pick<RootRow, 'number'> & { readonly link: Uint8Array }): Root {
  const number = Number(row.number)
  return new Root(openMessage(old.key(), LINK, boundBytes(['root', String(number)]), row.link), number)
}
