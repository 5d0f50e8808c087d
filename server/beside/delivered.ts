import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { openBeside, openVaultBeside, type Place } from '#kernel/storage/beside'
import { type Known, knownIn } from '../services/cloudtrail/delivery/known.ts'
import { textToSign } from '../services/cloudtrail/model/delivered.ts'
import { contentOf, DIGEST, type Digest, filesIn, hashOf, isSealed, LOG, readDigest } from './delivered/reading.ts'
import type { Kind, Problem, Tell, Verdict } from './delivered/verdict.ts'

export type { Known } from '../services/cloudtrail/delivery/known.ts'
export type { Place } from '#kernel/storage/beside'
export type { Kind, Problem, Verdict } from './delivered/verdict.ts'

/** What is verified against. */
export interface Basis {
  readonly keys: ReadonlyMap<string, KeyObject>
  /** Without it nobody notices that the newest digests are gone. */
  readonly known?: Known | undefined
}

/** Keys as people have them: PEM, DER of PKCS #1 (also in base64), or the answer of `aws cloudtrail list-public-keys`. */
export function keysIn(bytes: Buffer): ReadonlyMap<string, KeyObject> {
  const text = bytes.toString('latin1').trim()
  const found: Buffer[] = []
  if (text.startsWith('{')) {
    const { PublicKeyList = [] } = JSON.parse(bytes.toString()) as { PublicKeyList?: { Value?: string }[] }
    for (const { Value = '' } of PublicKeyList) found.push(Buffer.from(Value, 'base64'))
  } else if (text.startsWith('-----BEGIN RSA PUBLIC KEY-----'))
    found.push(Buffer.from(text.replace(/-----[A-Z ]+-----/g, ''), 'base64'))
  else if (text.startsWith('-----BEGIN')) found.push(createPublicKey(bytes).export({ type: 'pkcs1', format: 'der' }))
  else if (/^[A-Za-z0-9+/=\s]+$/.test(text)) found.push(Buffer.from(text, 'base64'))
  else found.push(bytes)
  // A key that was read from PKCS #1 can't be written out again by the runtime: its id is made of what came.
  return new Map(found.map((der) => [createHash('md5').update(der).digest('hex'), keyOf(der)]))
}

const keyOf = (der: Uint8Array): KeyObject => createPublicKey({ key: Buffer.from(der), format: 'der', type: 'pkcs1' })

/** What the store of a server says, beside it while it runs or without it. Throws errors with a `hint`. */
export async function basisOf(place: Place): Promise<Basis> {
  const store = await openBeside(place)
  try {
    const vault = await openVaultBeside(store, place)
    const key = vault.macKey('cloudtrail/rows')
    vault.close()
    const known = await store.unit('read', (unit) => knownIn(unit, key))
    const keys = known.keys.map(({ fingerprint, value }): [string, KeyObject] => [fingerprint, keyOf(value)])
    return { keys: new Map(keys), known }
  } finally {
    await store.close()
  }
}

/**
 * Verifies the log files and digests in a folder: of a server (buckets are its subfolders) or of one bucket. Each digest by its signature,
 * each chain by its links, each log file by the digest that names it, and all of it by what the store knows, where that is given.
 */
export async function validate(folder: string, { keys, known }: Basis): Promise<Verdict> {
  const problems: Problem[] = []
  const problem = (kind: Kind, file: string, text: string) => void problems.push({ kind, file, text })
  const files = new Set(await filesIn(folder))
  const digests = new Map<string, Digest>()
  const prefixOf = new Map<string, string>()
  for (const file of [...files].filter((each) => DIGEST.test(each)).sort()) {
    const digest = await readDigest(folder, file, problem)
    if (digest === undefined) continue
    prefixOf.set(digest.bucket, file.slice(0, file.length - digest.object.length))
    checkSignature(digest, keys, problem)
    digests.set(`${digest.bucket}/${digest.object}`, digest)
  }
  /** Where an object of a bucket lies in the folder: as its digests do, else below its name. */
  const place = (bucket: string, object: string) => (prefixOf.get(bucket) ?? `${bucket}/`) + object
  const gone = new Set(
    [...(known?.digests ?? []), ...(known?.files ?? [])]
      .filter((each) => each.gone)
      .map(({ bucket, object }) => `${bucket}/${object}`),
  )
  for (const digest of digests.values()) checkLink(digest, digests, gone, problem)

  const named = new Map<string, string>()
  for (const { said } of digests.values())
    for (const log of listOf(said.logFiles)) {
      const [bucket, object] = [String(log.s3Bucket), String(log.s3Object)]
      named.set(place(bucket, object), String(log.hashValue))
      if (!files.has(place(bucket, object)) && !gone.has(`${bucket}/${object}`))
        problem('log-missing', place(bucket, object), 'a digest names it, and it is not there')
    }
  const stored = new Map(known?.files.map(({ bucket, object, hash }) => [place(bucket, object), hash]))
  const sealedHashes = new Map(
    known?.files.flatMap(({ bucket, object, sealedHash }) =>
      sealedHash === undefined ? [] : [[place(bucket, object), sealedHash] as const],
    ),
  )
  if (known !== undefined) checkKnown(known, { digests, files, named, place }, problem)

  const logs = [...files].filter((each) => LOG.test(each)).sort()
  let unnamed = 0
  for (const file of logs) {
    const expected = named.get(file) ?? stored.get(file)
    if (expected === undefined) {
      // Without the store nobody can tell what is new from what was put there.
      if (known === undefined) unnamed++
      else problem('log-added', file, 'no digest names it, and this store did not deliver it')
      continue
    }
    if (!named.has(file)) unnamed++
    const content = await contentOf(folder, file)
    const sealed = sealedHashes.get(file)
    if (sealed !== undefined) {
      if (content === undefined || createHash('sha256').update(content).digest('hex') !== sealed)
        problem('log-altered', file, 'its encrypted content is not what was delivered')
    } else if (known === undefined && (await isSealed(folder, file, prefixOf)))
      problem('log-encrypted', file, 'it is encrypted by a key of KMS: only with the store can it be verified')
    else if (hashOf(content) !== expected) problem('log-altered', file, 'its content is not what was delivered')
  }
  return { ok: problems.length === 0, problems, digests: digests.size, logs: logs.length, unnamed, gone: gone.size }
}

function checkSignature(
  { file, bucket, object, hash, signature, said }: Digest,
  keys: Basis['keys'],
  problem: Tell,
): void {
  if (signature === undefined) {
    problem('signature-missing', file, 'its signature does not stand beside it')
    return
  }
  const key = keys.get(String(said.digestPublicKeyFingerprint))
  if (key === undefined) {
    problem('key-unknown', file, 'it was signed by a key that is not known')
    return
  }
  const previous = said.previousDigestSignature === null ? null : String(said.previousDigestSignature)
  const text = textToSign(String(said.digestEndTime), bucket, object, hash, previous)
  const good =
    said.digestSignatureAlgorithm === 'SHA256withRSA' &&
    verify('sha256', Buffer.from(text), key, Buffer.from(signature, 'hex'))
  if (!good) problem('digest-altered', file, 'its signature is not one of its content')
}

function checkLink(
  { file, said }: Digest,
  digests: ReadonlyMap<string, Digest>,
  gone: ReadonlySet<string>,
  problem: Tell,
): void {
  if (said.previousDigestS3Object === null) return
  const name = `${String(said.previousDigestS3Bucket)}/${String(said.previousDigestS3Object)}`
  const previous = digests.get(name)
  if (previous === undefined) {
    if (!gone.has(name)) problem('digest-missing', name, `${file} goes on from it, and it is not there or not a digest`)
  } else if (previous.hash !== said.previousDigestHashValue || previous.signature !== said.previousDigestSignature)
    problem('chain-broken', file, 'it goes on from another digest than the one that is there')
}

/** What only the store can tell: which digest is the newest, and which files there were that no digest names yet. */
function checkKnown(
  known: Known,
  {
    digests,
    files,
    named,
    place,
  }: {
    readonly digests: ReadonlyMap<string, Digest>
    readonly files: ReadonlySet<string>
    readonly named: ReadonlyMap<string, string>
    place(bucket: string, object: string): string
  },
  problem: Tell,
): void {
  const newest = new Map<string, string>()
  for (const { stream, time } of digests.values()) if (time > (newest.get(stream) ?? '')) newest.set(stream, time)
  const missed = new Set<string>()
  for (const { said } of digests.values())
    missed.add(`${String(said.previousDigestS3Bucket)}/${String(said.previousDigestS3Object)}`)
  for (const each of known.digests) {
    if (each.gone) continue
    const there = digests.get(`${each.bucket}/${each.object}`)
    const file = place(each.bucket, each.object)
    if (there === undefined) {
      const [, account, region, name, home, time = ''] = DIGEST.exec(each.object) ?? []
      const isTail = time > (newest.get([account, region, name, home].join(' ')) ?? '')
      if (isTail) problem('tail-cut', file, 'the store knows it as newer than all that are there')
      else if (!files.has(file) && !missed.has(`${each.bucket}/${each.object}`))
        problem('digest-missing', file, 'the store knows it, and it is not there')
    } else if (there.hash !== each.hash || (there.signature !== undefined && there.signature !== each.signature))
      problem('digest-altered', file, 'it is not the one that this store delivered')
  }
  for (const { bucket, object, gone } of known.files) {
    const file = place(bucket, object)
    if (!gone && !files.has(file) && !named.has(file))
      problem('log-missing', file, 'the store delivered it, and it is not there')
  }
}

const listOf = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : []
