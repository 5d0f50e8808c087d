import { createSecretKey, type KeyObject } from 'node:crypto'
import { type Random, systemRandom } from '#kernel/random'
import { SealError } from '#kernel/sealing/error'
import type { Seal } from '#kernel/sealing/seal'
import { MOST_SHARES, split } from '#kernel/sealing/shamir/field'
import {
  Gathering,
  type Given,
  type Progress,
  readShareSet,
  shareHash,
  type ShareSet,
} from '#kernel/sealing/shamir/gathering'
import { readShare, shareText } from '#kernel/sealing/shamir/share'
import { Secret } from '#kernel/values/bytes'

const KEY_SIZE = 32
const SET_SIZE = 8

/** A new set of shares, for whoever hands them out. */
export interface Issued {
  readonly set: string
  readonly threshold: number
  /** By index, from 1 on. */
  readonly shares: readonly Secret[]
}

/** How many shares there are to be, and what becomes of them. */
export interface NewShares {
  readonly shares: number
  readonly threshold: number
  /** Hands the shares out, and answers them as they lie where they were put: the seal is proven with these. */
  issue(issued: Issued): Promise<readonly Secret[]>
  /** Takes back what was put somewhere. */
  withdraw?(): Promise<void>
}

/** What is wrong with these numbers; undefined when nothing is. */
export function wrongNumbers(shares: number, threshold: number): string | undefined {
  if (shares > MOST_SHARES) return `there can be at most ${MOST_SHARES} shares`
  if (threshold < 2) return 'a threshold below 2 is no sharing: take a key file'
  return threshold > shares ? `${threshold} of ${shares} shares can never come together` : undefined
}

/** A seal that is being made: its key is split, handed out, and proven from what was handed out; then nobody knows it. */
export function newShares({ shares, threshold, issue, withdraw }: NewShares): Seal {
  let mine: { readonly parameters: string; readonly key: KeyObject } | undefined
  return {
    kind: 'shamir',
    hint: 'the shares that were written could not be read back: look at where they were written',
    async make(random) {
      const wrong = wrongNumbers(shares, threshold)
      if (wrong !== undefined) throw new SealError(wrong, 'say for example --shares 5 --threshold 3')
      const { key, parameters, issued } = splitKey(shares, threshold, random)
      try {
        await prove(parameters, key, await issue(issued))
      } catch (error) {
        await withdraw?.()
        throw error
      }
      mine = { parameters, key }
      return { key, parameters, ...(withdraw === undefined ? {} : { undo: () => withdraw() }) }
    },
    open: async (rows) =>
      rows.flatMap(({ id, parameters }) => (parameters === mine?.parameters ? [{ id, key: mine.key }] : [])),
  }
}

function splitKey(shares: number, threshold: number, random: Random) {
  const bytes = random.bytes(KEY_SIZE)
  const set = random.bytes(SET_SIZE).toString('hex')
  const points = split(bytes, shares, threshold, random)
  const key = createSecretKey(bytes)
  bytes.fill(0)
  const known: ShareSet = {
    set,
    threshold,
    shares,
    hashes: points.map((point) => shareHash({ ...point, set }).toString('base64')),
  }
  const texts = points.map((point) => new Secret(shareText({ ...point, set, threshold })))
  for (const { value } of points) value.fill(0)
  const issued: Issued = { set, threshold, shares: texts }
  return { key, parameters: JSON.stringify(known), issued }
}

/** Throws unless the shares as they were put down are the right ones, and as many as it takes of them give the key. */
async function prove(parameters: string, key: KeyObject, found: readonly Secret[]): Promise<void> {
  const { hashes, threshold } = readShareSet(parameters)
  if (found.length !== hashes.length) throw new SealError('not every share was written', 'make new ones')
  for (const [at, text] of found.entries()) {
    const share = readShare(text.reveal())
    const right = shareHash(share).toString('base64') === hashes[at]
    share.value.fill(0)
    if (!right)
      throw new SealError(`share ${at + 1} is not what was written`, 'the disk does not keep what it is given')
  }
  const gathering = new Gathering(systemRandom)
  const opened = gathering.seal().open([{ id: '', parameters }])
  for (const text of found.slice(-threshold)) gathering.give(text.reveal())
  const [one] = gathering.progress().sealed ? [] : await opened
  gathering.forget()
  if (one?.key.equals(key) !== true) throw new SealError('the shares do not give the key', 'make new ones')
}

/** Where shares come from when a command needs them: the next one, or undefined when there are no more. */
export interface ShareSource {
  next(progress: Progress): Promise<{ readonly text: Secret; readonly name: string } | undefined>
  /** Told of each share that was given. */
  told?(name: string, given: Given, progress: Progress): void
}

/** A seal whose shares a command collects itself. */
export function sharesFrom(source: ShareSource): Seal {
  const gathering = new Gathering(systemRandom)
  const waiting = gathering.seal()
  return {
    ...waiting,
    hint: 'give the shares of this store',
    async open(rows) {
      const keys = waiting.open(rows)
      while (gathering.progress().sealed) {
        const share = await source.next(gathering.progress())
        if (share === undefined) {
          const { given, threshold } = gathering.progress()
          gathering.forget()
          throw new SealError(
            `${given.length} of the ${threshold} shares that it takes were given`,
            'name more of them: --seal-share-files FILE,FILE,…; or run this at a terminal, which asks for them',
          )
        }
        const given = gathering.give(share.text.reveal())
        source.told?.(share.name, given, gathering.progress())
        if (!given.taken && source.told === undefined)
          throw new SealError(`${share.name}: ${given.reason}`, 'give the right one')
      }
      return keys
    },
  }
}
