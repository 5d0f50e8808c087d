import { SealError } from '#kernel/sealing/error'
import { fileSeal, passphraseSeal, type Seal } from '#kernel/sealing/seal'
import type { SealSettings, ShamirSettings } from '#kernel/sealing/settings'
import { sharesFrom } from '#kernel/sealing/shamir/seal'
import { MOST_TEXT } from '#kernel/sealing/shamir/share'
import { Exposed, readGuarded } from '#kernel/guarded'
import { Secret } from '#kernel/values/bytes'

/** The seal of these settings. */
export function sealOf(settings: SealSettings): Seal {
  switch (settings.kind) {
    case 'file':
      return fileSeal(settings.path)
    case 'passphrase':
      return passphraseSeal(settings.passphrase)
    case 'shamir':
      return collected(settings)
    case 'kms':
      return later('kms', 'the other service must have the key that it was sealed with', async () =>
        (await import('#kernel/sealing/kms/seal')).kmsSeal(settings),
      )
    case 'pkcs11':
      return later('pkcs11', 'the token must have the key that it was sealed with', async () =>
        (await import('#kernel/sealing/pkcs11/seal')).pkcs11Seal(settings),
      )
  }
}

/** A seal whose code is loaded when it is wanted. */
function later(kind: string, hint: string, load: () => Promise<Seal>): Seal {
  return {
    kind,
    hint,
    make: async (random) => (await load()).make(random),
    open: async (rows) => (await load()).open(rows),
  }
}

/** The shares of files and of a terminal. A wrong one at the terminal is asked for again. */
function collected({ shareFiles, ask }: ShamirSettings): Seal {
  const files = [...shareFiles]
  let said = ''
  return sharesFrom({
    async next({ given, threshold }) {
      const file = files.shift()
      if (file !== undefined) return { text: readShareFile(file), name: file }
      if (ask === undefined) return undefined
      const text = await ask(`${said}share ${given.length + 1} of ${threshold}: `)
      return text === '' ? undefined : { text: new Secret(text), name: 'what was typed' }
    },
    told(name, given) {
      said = given.taken ? '' : `${name} was not taken: ${given.reason}\n`
      if (!given.taken && (ask === undefined || files.length > 0))
        throw new SealError(`${name}: ${given.reason}`, 'give the right one')
    },
  })
}

/** The share that lies in a file; other lines than the one that begins with SRS1 are for people. */
export function readShareFile(path: string): Secret {
  let bytes: Buffer
  try {
    bytes = readGuarded(path, MOST_TEXT * 10)
  } catch (cause) {
    if (cause instanceof Exposed) throw new SealError(`the share file ${cause.what}`, cause.hint, cause)
    throw new SealError(`the share file ${path} can't be read`, 'is it there, and does it belong to you?', cause)
  }
  const text = bytes.toString('utf8')
  bytes.fill(0)
  return new Secret(text.split('\n').find((line) => /^\s*srs1/i.test(line)) ?? text)
}
