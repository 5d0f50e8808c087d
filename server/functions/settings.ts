import { X509Certificate } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import { isPublic } from '#kernel/outbound/addresses'
import type { Reach } from '#kernel/outbound/call'
import { AUTHORITIES_FILE, refusalOf, type Variables } from './environment.ts'
import { builtInNames } from './index.ts'

/** How an operator sets built-in functions up. */
export interface FunctionSettings {
  /** JSON file of the environment of all functions, or of some. Absolute. */
  readonly environmentPath: string | undefined
  /** Names, addresses and networks that webhooks may have although they are not public. */
  readonly webhookPrivateHosts: readonly string[]
}

/** The settings, read once at the start. */
export interface FunctionSetup {
  /** The variables of the function with this name, on the whole server. */
  environmentOf(name: string): Variables
  /** Certificate authorities, in PEM, that databases may have besides the public ones. */
  readonly authorities: string | undefined
  /** Whom webhooks may call. */
  readonly reach: Reach
}

/** Settings that do not do, for a person. */
export class SettingsError extends Error {
  readonly hint: string | undefined
  constructor(what: string, hint?: string) {
    super(what)
    this.name = 'SettingsError'
    this.hint = hint
  }
}

export const noSettings: FunctionSettings = { environmentPath: undefined, webhookPrivateHosts: [] }

/** Reads what the settings name. Throws SettingsError. */
export function setUpFunctions({ environmentPath, webhookPrivateHosts }: FunctionSettings): FunctionSetup {
  const { all, of, authorities } =
    environmentPath === undefined
      ? { all: new Map(), of: new Map<string, Variables>(), authorities: undefined }
      : readEnvironment(environmentPath)
  const merged = new Map([...of].map(([name, own]) => [name, new Map([...all, ...own])]))
  return {
    environmentOf: (name) => merged.get(name) ?? all,
    authorities,
    reach: reachOf(webhookPrivateHosts),
  }
}

/** Public addresses, and those that the operator names. */
export function reachOf(privateHosts: readonly string[]): Reach {
  const names = new Set<string>()
  const networks = new BlockList()
  for (const host of privateHosts) {
    const [address = '', bits] = host.split('/')
    const family = isIP(address)
    if (family === 0) names.add(host)
    else networks.addSubnet(address, Number(bits ?? (family === 4 ? 32 : 128)), family === 4 ? 'ipv4' : 'ipv6')
  }
  return {
    mayConnect: (address, host) =>
      isPublic(address) || names.has(host) || networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
  }
}

const MOST_ENVIRONMENT = 64 * 1024
const MOST_AUTHORITIES = 1024 * 1024

interface FromFile {
  readonly all: Map<string, string>
  readonly of: Map<string, Variables>
  readonly authorities: string | undefined
}

function readEnvironment(path: string): FromFile {
  const hint =
    'write it like {"PASSWORD_LENGTH": "40", "SecretsManagerRDSPostgreSQLRotationSingleUser": {"EXCLUDE_CHARACTERS": ":/@"}}'
  let members: unknown
  try {
    members = JSON.parse(textOf(path, MOST_ENVIRONMENT))
  } catch (error) {
    if (error instanceof SettingsError) throw error
    throw new SettingsError(`${path} is no JSON`, hint)
  }
  if (typeof members !== 'object' || members === null || Array.isArray(members))
    throw new SettingsError(`${path} is no JSON object`, hint)
  const all = new Map<string, string>()
  const of = new Map<string, Map<string, string>>()
  for (const [name, value] of Object.entries(members)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) all.set(name, plain(path, name, value))
    else if (!builtInNames.includes(name)) throw new SettingsError(`${name} in ${path} is no built-in function`, hint)
    else
      of.set(
        name,
        new Map(Object.entries(value).map(([variable, text]) => [variable, plain(path, `${name}.${variable}`, text)])),
      )
  }
  const file = all.get(AUTHORITIES_FILE)
  all.delete(AUTHORITIES_FILE)
  for (const [name, own] of [['', new Map<string, string>()] as const, ...of]) {
    const wrong = refusalOf(new Map([...all, ...own]))
    if (wrong !== undefined) throw new SettingsError(`${path}: ${name}${name === '' ? '' : ': '}${wrong}`, hint)
  }
  return { all, of, authorities: file === undefined ? undefined : readAuthorities(resolve(dirname(path), file)) }
}

function plain(path: string, name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new SettingsError(`${name} in ${path} is neither text, number, true nor false`)
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

function readAuthorities(path: string): string {
  const certificates = textOf(path, MOST_AUTHORITIES).match(CERTIFICATE) ?? []
  if (certificates.length === 0)
    throw new SettingsError(`${path} has no certificate`, `${AUTHORITIES_FILE} names certificate authorities in PEM`)
  for (const [n, certificate] of certificates.entries())
    try {
      new X509Certificate(certificate)
    } catch {
      throw new SettingsError(`certificate ${n + 1} in ${path} can't be read`)
    }
  return certificates.join('\n')
}

function textOf(path: string, most: number): string {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const found = fstatSync(file)
    if (!found.isFile()) throw new SettingsError(`${path} is no file`)
    if (found.size > most) throw new SettingsError(`${path} is longer than ${most} bytes`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new SettingsError(
      `${path} can not be read (${code})`,
      'see --rotation-environment in strongroom serve --help',
    )
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
