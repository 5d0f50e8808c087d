/**
 * The ciphertext blob: `01 02 02 00 78 | format(1) | material id(32) | …`, then by format 1 a sealed message (118 bytes and
 * the plaintext in all), by format 2 the salt and commitment of a derived data key (102 bytes). The first five bytes are
 * those of AWS's own blobs: clients sniff them to tell what is encrypted already. Source: kms.md 4.3.
 */

const MAGIC = [0x01, 0x02, 0x02, 0x00, 0x78] as const
/** A sealed message. */
export const FORMAT = 1
/** A data key that is derived again, see `deriveKey`. */
export const DERIVED = 2
export const FORMAT_AT = MAGIC.length
const MATERIAL_AT = FORMAT_AT + 1
const MATERIAL_SIZE = 32
/** Bytes before the sealed message. */
export const HEADER = MATERIAL_AT + MATERIAL_SIZE
/** Bytes of a sealed message with nothing in it, and of a derived key: salt, commitment, and the former's tag. */
export const SHORTEST = { [FORMAT]: HEADER + 80, [DERIVED]: HEADER + 64 }

/**
 * The id of the material that a blob was made with, its 32 bytes as a Latin-1 text (one character for a byte: fit for a
 * map, and made in no time); undefined when these bytes are no blob of ours.
 */
export function materialOf(blob: Uint8Array): string | undefined {
  const format = blob[FORMAT_AT]
  if ((format !== FORMAT && format !== DERIVED) || blob.length < SHORTEST[format]) return undefined
  for (let i = 0; i < MAGIC.length; i++) if (blob[i] !== MAGIC[i]) return undefined
  const bytes = Buffer.isBuffer(blob) ? blob : Buffer.from(blob.buffer, blob.byteOffset, blob.length)
  return bytes.toString('latin1', MATERIAL_AT, HEADER)
}

/** Writes the header into a blob that has room for it. */
export function writeHeader(blob: Buffer, materialId: string, format: typeof FORMAT | typeof DERIVED = FORMAT): void {
  blob.set(MAGIC, 0)
  blob[FORMAT_AT] = format
  blob.write(materialId, MATERIAL_AT, 'hex')
}
