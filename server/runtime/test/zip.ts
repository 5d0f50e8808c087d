import { crc32, deflateRawSync } from 'node:zlib'

/** A file of a zip. `mode`: as `stat` has it, with its type; default: a readable file. */
export interface ZipEntry {
  readonly name: string
  readonly content: string | Uint8Array
  readonly mode?: number
  /** What the directory says that it is unpacked, when that is a lie. */
  readonly claims?: number
}

const FILE = 0o100644

/** Writes zip files, well-formed ones and others. */
export function zip(entries: readonly ZipEntry[] | Readonly<Record<string, string>>): Buffer {
  const list: readonly ZipEntry[] = Array.isArray(entries)
    ? (entries as readonly ZipEntry[])
    : Object.entries(entries as Record<string, string>).map(([name, content]) => ({ name, content }))
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, content, mode = FILE, claims } of list) {
    const bytes = Buffer.from(content as string)
    const packed = deflateRawSync(bytes)
    const names = Buffer.from(name)
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt16LE(0x800, 2)
    head.writeUInt16LE(8, 4)
    head.writeUInt32LE(0x5a6c0000, 6)
    head.writeUInt32LE(crc32(bytes), 10)
    head.writeUInt32LE(packed.length, 14)
    head.writeUInt32LE(claims ?? bytes.length, 18)
    head.writeUInt16LE(names.length, 22)
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), head, names, packed)
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE((mode << 16) >>> 0, 6)
    rest.writeUInt32LE(at, 10)
    // Made on Unix: modes count.
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), head, rest, names)
    at += 30 + names.length + packed.length
  }
  const index = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(list.length, 4)
  end.writeUInt16LE(list.length, 6)
  end.writeUInt32LE(index.length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...parts, index, Buffer.from('PK\x05\x06', 'latin1'), end])
}
