import type { Cell } from './model/names.ts'
import { noCode, unsupported } from './model/refusals.ts'
import { type SealedCode, sealCode } from './codes.ts'
import type { Env } from './operation.ts'
import { inspectZip } from './zip.ts'

/** The code in a request. */
export interface GivenCode {
  readonly ZipFile?: Uint8Array | undefined
  readonly S3Bucket?: string | undefined
  readonly S3Key?: string | undefined
  readonly S3ObjectVersion?: string | undefined
  readonly ImageUri?: string | undefined
  readonly SourceKMSKeyArn?: string | undefined
}

/** What was made ready, by the input of its request. */
const ready = new WeakMap<object, SealedCode>()

/** Work for `ahead`: reads the zip and seals it, which takes time and needs nothing of the store. */
export function upload(input: object, code: GivenCode, cell: Cell, { vault, random }: Pick<Env, 'vault' | 'random'>) {
  return async (): Promise<void> => {
    if (code.ImageUri !== undefined) throw unsupported('ImageUri')
    if (code.S3Bucket !== undefined || code.S3Key !== undefined) throw unsupported('Code in S3')
    if (code.SourceKMSKeyArn) throw unsupported('SourceKMSKeyArn')
    if (code.ZipFile === undefined || code.ZipFile.length === 0) throw noCode()
    const sha256 = await inspectZip(code.ZipFile)
    ready.set(input, sealCode(cell, code.ZipFile, sha256, vault, random))
  }
}

/** What `upload` made of the same input. */
export function uploaded(input: object): SealedCode {
  const code = ready.get(input)
  if (code === undefined) throw new Error('the code of a request was not made ready')
  return code
}
