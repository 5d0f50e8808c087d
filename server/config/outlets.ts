import path from 'node:path'
import { Secret } from '#kernel/values/bytes'
import type { OptionName } from './options.ts'
import { readBaseUrl, readPath, readSpan, Unreadable } from './readers.ts'
import type { Environment, Setting } from './settings.ts'

/** One place that all records of the trail are exported to. */
export type ExportSettings =
  | {
      readonly kind: 'file'
      /** Absolute. */
      readonly path: string
      /** A file of this size is set aside; so is that of another day. */
      readonly sizeBytes: number
      /** How many that were set aside are kept; undefined: all. */
      readonly keep: number | undefined
    }
  | {
      readonly kind: 'syslog'
      readonly transport: 'udp' | 'tcp' | 'tls'
      readonly host: string
      readonly port: number
    }
  | { readonly kind: 'http'; readonly url: string }

/** Where the records of the trail go besides the journal. */
export interface OutletSettings {
  /** The folder of delivered log files, absolute; undefined: none, `default`: below the data. */
  readonly trailFolder: string | undefined | 'default'
  readonly trailS3:
    | {
        readonly url: string
        readonly region: string
        readonly accessKeyId: string
        readonly secretAccessKey: Secret
        readonly sessionToken: Secret | undefined
      }
    | undefined
  /** Milliseconds that delivered files are kept in the folder; undefined: for ever. */
  readonly trailKeptMs: number | undefined
  readonly exports: readonly ExportSettings[]
  /** Headers of exports over HTTP, `Name: value` by line: they may hold a token. */
  readonly exportHeaders: Secret | undefined
  /** Certificate authorities in PEM for all of these, besides the public ones. Absolute. */
  readonly caPath: string | undefined
}

interface Given {
  find(name: OptionName): Setting | undefined
  value<T>(name: OptionName, reader: (text: string) => T): T | undefined
  read(setting: Setting): string | undefined
  problem(name: string, what: string, hint?: string): void
}

/** What the settings say about deliveries of trails and exports of records. `region`: the server's own. */
export function readOutlets(given: Given, env: Environment, region: string): OutletSettings {
  const { find, value } = given
  const ca = value('outlet-ca', readPath)
  const folder = value('trail-folder', readPath)
  return {
    trailFolder: folder === undefined ? 'default' : folder === 'none' ? undefined : path.resolve(folder),
    trailS3: find('trail-s3') === undefined ? undefined : readS3(given, env, region),
    trailKeptMs: value('trail-retention', readSpan),
    exports: value('audit-export', readExports) ?? [],
    exportHeaders: headersOf(given, env),
    caPath: ca === undefined ? undefined : path.resolve(ca),
  }
}

function readS3(given: Given, env: Environment, region: string): OutletSettings['trailS3'] {
  const { find, value, read, problem } = given
  const url = value('trail-s3', readBaseUrl)
  const file = find('trail-s3-credentials-file')
  const text = file === undefined ? undefined : read(file)
  const named = (variable: string, member: string): string =>
    (file === undefined
      ? env[variable]
      : new RegExp(`^\\s*(?:export\\s+)?${member}\\s*=\\s*['"]?([^\\s'"]+)['"]?\\s*$`, 'im').exec(text ?? '')?.[1]) ??
    ''
  const accessKeyId = named('STRONGROOM_TRAIL_S3_ACCESS_KEY_ID', 'aws_access_key_id')
  const secretAccessKey = named('STRONGROOM_TRAIL_S3_SECRET_ACCESS_KEY', 'aws_secret_access_key')
  const sessionToken = named('STRONGROOM_TRAIL_S3_SESSION_TOKEN', 'aws_session_token')
  if ((file === undefined || text !== undefined) && (accessKeyId === '' || secretAccessKey === ''))
    problem(
      file?.from ?? '--trail-s3-credentials-file',
      file === undefined ? 'is missing' : 'has no aws_access_key_id and aws_secret_access_key',
      "a file like AWS's credentials file; or STRONGROOM_TRAIL_S3_ACCESS_KEY_ID and STRONGROOM_TRAIL_S3_SECRET_ACCESS_KEY",
    )
  return {
    url: url ?? '',
    region: value('trail-s3-region', readRegion) ?? region,
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: sessionToken === '' ? undefined : new Secret(sessionToken),
  }
}

function readRegion(text: string): string {
  if (!/^[a-z0-9-]{1,32}$/.test(text)) throw new Unreadable('this is no name of a region', 'such as eu-central-1')
  return text
}

function headersOf({ find, read, problem }: Given, env: Environment): Secret | undefined {
  const file = find('audit-export-headers-file')
  const text = file === undefined ? (env.STRONGROOM_AUDIT_EXPORT_HEADERS ?? '') : read(file)
  if (text === undefined || text.trim() === '') return undefined
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  // What stands there may be a password: it is not repeated.
  if (!lines.every((line) => /^[A-Za-z0-9-]{1,64}:[\t\x20-\x7e]{1,8192}\r?$/.test(line)))
    problem(
      file?.from ?? 'STRONGROOM_AUDIT_EXPORT_HEADERS',
      'holds a line that is no header',
      'write lines like Authorization: Bearer …',
    )
  return new Secret(text)
}

const MIB = 1024 * 1024
const SYSLOG_PORTS = { udp: 514, tcp: 514, tls: 6514 } as const

/** A list of places: `file:/var/log/audit.jsonl,syslog+tls://logs.example.com,https://collector.example.com/audit`. */
export function readExports(text: string): readonly ExportSettings[] {
  const places = text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map(readExport)
  if (new Set(places.map((place) => JSON.stringify(place))).size < places.length)
    throw new Unreadable('one place is named twice', 'give each once')
  return places
}

const HINT = 'file:PATH, syslog://HOST, syslog+tcp://HOST, syslog+tls://HOST, http://… or https://…'

function readExport(text: string): ExportSettings {
  if (text.startsWith('file:')) return readFile(text.slice('file:'.length))
  const url = URL.canParse(text) ? new URL(text) : undefined
  // What can't be read may hold a password: it is not repeated.
  if (url === undefined) throw new Unreadable('a place that records are exported to can not be read', HINT)
  if (url.username !== '' || url.password !== '')
    throw new Unreadable(
      'a place that records are exported to has a user or a password in it',
      'put them into --audit-export-headers-file or STRONGROOM_AUDIT_EXPORT_HEADERS',
    )
  if (url.protocol === 'http:' || url.protocol === 'https:') return { kind: 'http', url: url.href }
  const transport = { 'syslog:': 'udp', 'syslog+udp:': 'udp', 'syslog+tcp:': 'tcp', 'syslog+tls:': 'tls' }[
    url.protocol
  ] as 'udp' | 'tcp' | 'tls' | undefined
  if (transport === undefined || url.hostname === '')
    throw new Unreadable('a place that records are exported to is of no kind that is known', HINT)
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return { kind: 'syslog', transport, host, port: url.port === '' ? SYSLOG_PORTS[transport] : Number(url.port) }
}

function readFile(text: string): ExportSettings {
  const [file = '', query = ''] = text.replace(/^\/\/(?=\/)/, '').split('?', 2)
  const asked = new URLSearchParams(query)
  const whole = (name: string, otherwise: number | undefined, most: number): number | undefined => {
    const given = asked.get(name)
    if (given === null) return otherwise
    if (!/^\d{1,6}$/.test(given) || Number(given) < 1 || Number(given) > most)
      throw new Unreadable(`${name} is no number from 1 to ${most}`, 'file:PATH?mib=100&keep=30')
    return Number(given)
  }
  if (file === '') throw new Unreadable('the name of the file is missing', 'file:/var/log/strongroom/audit.jsonl')
  return {
    kind: 'file',
    path: path.resolve(file),
    sizeBytes: (whole('mib', 100, 100_000) ?? 100) * MIB,
    keep: whole('keep', undefined, 100_000),
  }
}
