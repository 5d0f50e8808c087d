import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SealError } from '#kernel/sealing/error'
import { readShareFile } from '#kernel/sealing/seals'
import type { NewShares } from '#kernel/sealing/shamir/seal'
import type { Secret } from '#kernel/values/bytes'

/** Where new shares go: nowhere else, and not by the way. */
type Where = Pick<NewShares, 'issue' | 'withdraw'>

/** Shares in files of a directory, one in each, readable by this user only; `told` gets their names. */
export function keptIn(directory: string, told: (files: readonly string[]) => void): Where {
  const written: string[] = []
  return {
    async issue({ set, threshold, shares }) {
      const folder = resolve(directory)
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
      } catch (cause) {
        throw notWritten(folder, cause)
      }
      for (const [at, share] of shares.entries()) {
        const file = join(folder, `share-${set.slice(0, 8)}-${at + 1}.txt`)
        writeDurably(
          file,
          `# strongroom: share ${at + 1} of ${shares.length}, any ${threshold} of which unseal the store\n${share.reveal()}\n`,
          () => written.push(file),
        )
      }
      const opened = openSync(folder, 'r')
      fsyncSync(opened)
      closeSync(opened)
      told(written)
      return written.map(readShareFile)
    },
    async withdraw() {
      for (const file of written.splice(0)) rmSync(file, { force: true })
    },
  }
}

/** `made`: the file is there, with all of the text or less. */
function writeDurably(file: string, text: string, made: () => void): void {
  try {
    const opened = openSync(file, 'wx', 0o600)
    made()
    try {
      writeFileSync(opened, text)
      fsyncSync(opened)
    } finally {
      closeSync(opened)
    }
  } catch (cause) {
    throw notWritten(file, cause)
  }
}

const notWritten = (file: string, cause: unknown) =>
  new SealError(`the shares can't be written to ${file}`, 'name another directory with --out', cause)

/** Shares on a terminal, this once. */
export function shownTo(show: (text: string) => void): Where {
  return {
    async issue({ set, threshold, shares }) {
      show(
        `The shares of the seal (set ${set}). Any ${threshold} of these ${shares.length} unseal the store; fewer say nothing of it.\n`,
      )
      show('They are shown this once: give each to another person, then clear this screen.\n\n')
      for (const [at, share] of shares.entries()) show(`share ${at + 1}:\n  ${share.reveal()}\n\n`)
      return shares as readonly Secret[]
    },
  }
}
