import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs'
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
  const found = told(path, () => (format === 'vault' ? vaultFiles(path, reading) : cutFile(path, format, reading)))
  return async function* () {
    yield* found
  }
}

function cutFile(path: string, format: 'env' | 'json' | 'yaml', { per = 'key', name }: Reading): Incoming[] {
  if (per === 'path') throw unusable('--per path is for Vault', '--per takes file, key or leaf here')
  if (per === 'file' && name === undefined) throw unusable('what is the one secret called?', 'say --name NAME')
  if (per === 'leaf' && format === 'env') throw unusable('a .env file has no leaves', '--per takes file or key here')
  const cut: Cut = { per, name: name ?? '' }
  const text = textIn(path)
  if (format === 'env') return secretsInEnv(text, cut)
  return format === 'json' ? secretsInJson(text, cut) : secretsInYaml(text, cut)
}

function vaultFiles(path: string, { per = 'path', name, now }: Reading): Incoming[] {
  if (per !== 'path' && per !== 'key') throw unusable(`--per ${per} is not for Vault`, '--per takes path or key here')
  const documents: KvDocument[] = []
  for (const [file, within] of filesAt(path, name))
    for (const node of told(file, () => readJsonTexts(textIn(file)))) documents.push({ path: within, node })
  return kvIn(documents, now).flatMap((secret) => fromKv(secret, { per }))
}

/** Each file, and the path within Vault that it stands for. */
function filesAt(path: string, name: string | undefined): [string, string][] {
  if (!statSync(path).isDirectory()) return [[path, name ?? '']]
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.json'),
  )
  if (entries.length > MOST_FILES) throw unusable(`${path} has more than ${MOST_FILES} files`)
  return entries.map((entry) => {
    const file = join(entry.parentPath, entry.name)
    return [file, pathOfFile(relative(path, file))]
  })
}

function textIn(path: string): string {
  const { size } = statSync(path)
  if (size > MOST_BYTES) throw new TextProblem(`it has more than ${MOST_BYTES} bytes`, 1)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof TypeError) throw new TextProblem('it is no UTF-8', 1)
    throw error
  }
}

/** What is wrong with a file, with its name and line. */
function told<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw inFile(path, error)
  }
}

function inFile(path: string, error: unknown): unknown {
  if (error instanceof TextProblem) return new Failure(`${path}, line ${error.line}: ${error.message}`)
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? unusable(`${path} can not be read (${code})`) : error
}

const AGE = 'age-encryption.org/v1\n'

async function exported(path: string, { unlock }: Reading, io: Io): Promise<Source> {
  const isAge = told(path, () => statSync(path).isFile()) && (await beginning(path)) === AGE
  const key = isAge ? await unlock(io) : undefined
  return async function* () {
    const bytes: AsyncIterable<Uint8Array> = createReadStream(path)
    try {
      yield* secretsInExport(key === undefined ? bytes : decrypted(bytes, key))
    } catch (error) {
      throw inFile(path, error)
    }
  }
}

async function beginning(path: string): Promise<string> {
  for await (const part of createReadStream(path, { end: AGE.length - 1 })) return String(part)
  return ''
}
