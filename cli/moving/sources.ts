import { createReadStream, readdirSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { exit, Failure, type Io } from '../command.ts'
import { decrypted, type Unlock } from './age.ts'
import { secretsInExport } from './export-lines.ts'
import { type Cut, type Per, secretsInEnv, secretsInJson, secretsInYaml } from './files.ts'
import type { Incoming } from './incoming.ts'
import { readJsonTexts, TextProblem } from './json-text.ts'
import { type KvDocument, kvIn, pathOfFile } from './vault/exports.ts'
import { fromKv } from './vault/kv.ts'

/** What a file can be. */
export const FORMATS = ['env', 'json', 'yaml', 'vault', 'export'] as const
export type Format = (typeof FORMATS)[number]

/** Bytes of a file that is read at once: all but an export, which is read as it goes. */
const MOST_BYTES = 64 * 1024 * 1024
/** Files of a folder. */
const MOST_FILES = 100_000

/** Where secrets come from: can be read again from the start, for the plan and then for the import. */
export type Source = () => AsyncIterable<Incoming>

/** How files are read. */
export interface Reading {
  readonly format: Format | undefined
  readonly per: Per | 'path' | undefined
  readonly name: string | undefined
  /** What opens an encrypted export. */
  readonly unlock: (io: Io) => Promise<Unlock>
  readonly now: number
}

const unusable = (what: string, hint?: string) => new Failure(what, hint, exit.usage)

/** The format of a file by its name: `.env`, `prod.env`, `.env.local`, `.json`, `.yaml`, `.yml`, `.age`, `.jsonl`. */
export function formatOf(path: string): Format | undefined {
  const name = basename(path).toLowerCase()
  if (/^\.env(\.|$)/.test(name) || name.endsWith('.env')) return 'env'
  if (name.endsWith('.json')) return 'json'
  if (/\.ya?ml$/.test(name)) return 'yaml'
  return /\.(age|jsonl|strongroom)$/.test(name) ? 'export' : undefined
}

/** The secrets of a file, or of a folder with files of Vault. Throws Failure; nothing of what is in it is told. */
export async function secretsInFile(path: string, reading: Reading, io: Io): Promise<Source> {
  const format = reading.format ?? formatOf(path)
  if (format === undefined) throw unusable(`what is ${path}?`, `say --format with one of ${FORMATS.join(', ')}`)
  if (format === 'export') return exported(path, reading, io)
  const found = await told(path, () =>
    format === 'vault' ? vaultFiles(path, reading) : cutFile(path, format, reading),
  )
  return async function* () {
    yield* found
  }
}

async function cutFile(
  path: string,
  format: 'env' | 'json' | 'yaml',
  { per = 'key', name }: Reading,
): Promise<Incoming[]> {
  if (per === 'path') throw unusable('--per path is for Vault', '--per takes file, key or leaf here')
  if (per === 'file' && name === undefined) throw unusable('what is the one secret called?', 'say --name NAME')
  if (per === 'leaf' && format === 'env') throw unusable('a .env file has no leaves', '--per takes file or key here')
  const cut: Cut = { per, name: name ?? '' }
  const text = await textIn(path)
  if (format === 'env') return secretsInEnv(text, cut)
  return format === 'json' ? secretsInJson(text, cut) : secretsInYaml(text, cut)
}

async function vaultFiles(path: string, { per = 'path', name, now }: Reading): Promise<Incoming[]> {
  if (per !== 'path' && per !== 'key') throw unusable(`--per ${per} is not for Vault`, '--per takes path or key here')
  const documents: KvDocument[] = []
  for (const [file, within] of filesAt(path, name))
    for (const node of await told(file, async () => readJsonTexts(await textIn(file))))
      documents.push({ path: within, node })
  return kvIn(documents, now).flatMap((secret) => fromKv(secret, { per }))
}

/** Each file, and the path within Vault that it stands for. */
function filesAt(path: string, name: string | undefined): [string, string][] {
  if (path === STANDARD_INPUT || !statSync(path).isDirectory()) return [[path, name ?? '']]
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.json'),
  )
  if (entries.length > MOST_FILES) throw unusable(`${path} has more than ${MOST_FILES} files`)
  return entries.map((entry) => {
    const file = join(entry.parentPath, entry.name)
    return [file, pathOfFile(relative(path, file))]
  })
}

const STANDARD_INPUT = '-'

const bytesOf = (path: string): AsyncIterable<Uint8Array> =>
  path === STANDARD_INPUT ? createReadStream('', { fd: 0, autoClose: false }) : createReadStream(path)

async function textIn(path: string): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of bytesOf(path)) {
    size += part.length
    if (size > MOST_BYTES) throw new TextProblem(`it has more than ${MOST_BYTES} bytes`)
    parts.push(part)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts))
  } catch (error) {
    if (error instanceof TypeError) throw new TextProblem('it is no UTF-8')
    throw error
  }
}

/** What is wrong with a file, with its name and line. */
async function told<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw inFile(path, error)
  }
}

function inFile(path: string, error: unknown): unknown {
  const shown = path === STANDARD_INPUT ? 'standard input' : path
  if (error instanceof TextProblem) {
    const place = error.line === undefined ? shown : `${shown}, line ${error.line}`
    return new Failure(`${place}: ${error.message}`)
  }
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? unusable(`${shown} can not be read (${code})`) : error
}

const AGE = 'age-encryption.org/v1\n'
const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----\n'

/** The secrets of an export. Out of a pipe, which is read once, they come once. */
async function exported(path: string, { unlock }: Reading, io: Io): Promise<Source> {
  const isFile = await told(path, () => path !== STANDARD_INPUT && statSync(path).isFile())
  const first = await told(path, () => begun(bytesOf(path)))
  if (ARMOR.startsWith(first.beginning) && first.beginning !== '')
    throw unusable(
      `${path} is an age file in text form (age --armor)`,
      `age -d ${path} | strongroom import - --format export --yes --on-conflict skip`,
    )
  const key = first.beginning === AGE ? await unlock(io) : undefined
  let taken = false
  return async function* () {
    if (taken && !isFile)
      throw unusable(
        'the export comes out of a pipe: it is read once',
        'put it into a file, or say --yes --on-conflict skip',
      )
    const bytes = taken ? bytesOf(path) : first.bytes
    taken = true
    try {
      yield* secretsInExport(key === undefined ? bytes : decrypted(bytes, key))
    } catch (error) {
      throw inFile(path, error)
    }
  }
}

/** How it begins, as long as the first line of age is; and all of it, from the start. */
async function begun(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ beginning: string; bytes: AsyncIterable<Uint8Array> }> {
  const parts: Uint8Array[] = []
  const iterator = bytes[Symbol.asyncIterator]()
  for (let size = 0; size < AGE.length; ) {
    const { done, value } = await iterator.next()
    if (done) break
    parts.push(value)
    size += value.length
  }
  const rest = { [Symbol.asyncIterator]: () => iterator }
  return {
    beginning: Buffer.concat(parts).toString('latin1', 0, AGE.length),
    bytes: (async function* () {
      yield* parts
      yield* rest
    })(),
  }
}
