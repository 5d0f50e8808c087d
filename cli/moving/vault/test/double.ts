import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A version as the double keeps it. */
export interface Kept {
  readonly data: unknown
  readonly created: string
  deletion: string
  destroyed: boolean
}

/** A secret as the double keeps it. */
export interface KeptSecret {
  readonly versions: Map<number, Kept>
  metadata: Readonly<Record<string, string>> | null
}

/**
 * The wire of Vault's and OpenBao's KV version 2 as far as it is read: listing, metadata, versions. Made after the API's pages and
 * answers of the engine itself (vault-plugin-secrets-kv): what is deleted answers 404 with its metadata and `data: null`.
 */
export class VaultDouble implements AsyncDisposable {
  readonly secrets = new Map<string, KeptSecret>()
  /** Requests as they came: method, path with query, namespace. */
  readonly asked: string[] = []
  /** Statuses that the next answers have instead. */
  readonly failing: number[] = []
  token = 'hvs.test'
  /** Where requests are sent on to. */
  redirect: string | undefined
  readonly #server = createServer((request, response) => this.#answer(request, response))

  static async start(): Promise<VaultDouble> {
    const double = new VaultDouble()
    await new Promise<void>((resolve) => void double.#server.listen(0, '127.0.0.1', resolve))
    return double
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Writes a version, as `vault kv put` does. */
  put(path: string, data: unknown, created = '2026-01-01T00:00:00.123456789Z'): void {
    const secret = this.secrets.get(path) ?? { versions: new Map<number, Kept>(), metadata: null }
    secret.versions.set(secret.versions.size + 1, { data, created, deletion: '', destroyed: false })
    this.secrets.set(path, secret)
  }

  #answer(request: IncomingMessage, response: ServerResponse): unknown {
    const url = new URL(request.url ?? '', this.url)
    this.asked.push(`${request.method} ${request.url} ${String(request.headers['x-vault-namespace'] ?? '')}`.trim())
    const reply = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(`${JSON.stringify(body)}\n`)
    }
    const failure = this.failing.shift()
    if (failure !== undefined) return reply(failure, { errors: ['TOPSECRET'] })
    if (this.redirect !== undefined) {
      response.writeHead(307, { location: `${this.redirect}${request.url}` })
      return response.end()
    }
    if (request.headers['x-vault-token'] !== this.token) return reply(403, { errors: ['permission denied'] })
    const [, kind, rest = ''] = /^\/v1\/secret\/(metadata|data)\/?(.*)$/.exec(decodeURIComponent(url.pathname)) ?? []
    const found = this.secrets.get(rest)
    if (kind === 'metadata' && url.searchParams.get('list') === 'true') return this.#list(rest, reply)
    if (kind === undefined || found === undefined) return reply(404, { errors: [] })
    if (kind === 'metadata') return reply(200, { request_id: 'x', data: metadataOf(found) })
    const number = Number(url.searchParams.get('version') ?? found.versions.size)
    const version = found.versions.get(number)
    if (version === undefined) return reply(404, { errors: [] })
    const gone = version.destroyed || version.deletion !== ''
    const { created, deletion, destroyed } = version
    const metadata = { created_time: created, custom_metadata: found.metadata, deletion_time: deletion, destroyed }
    const data = { data: gone ? null : version.data, metadata: { ...metadata, version: number } }
    return reply(gone ? 404 : 200, { request_id: 'x', lease_id: '', data })
  }

  #list(folder: string, reply: (status: number, body: unknown) => void): void {
    const keys = new Set<string>()
    for (const path of this.secrets.keys())
      if (path.startsWith(folder)) keys.add(path.slice(folder.length).replace(/\/.*$/, '/'))
    if (keys.size === 0) reply(404, { errors: [] })
    else reply(200, { request_id: 'x', data: { keys: [...keys].sort() } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()))
  }
}

function metadataOf({ versions, metadata }: KeptSecret): object {
  const told = Array.from(versions, ([number, { created, deletion, destroyed }]) => [
    String(number),
    { created_time: created, deletion_time: deletion, destroyed },
  ])
  return {
    cas_required: false,
    created_time: '2026-01-01T00:00:00Z',
    current_version: versions.size,
    custom_metadata: metadata,
    delete_version_after: '0s',
    max_versions: 0,
    oldest_version: 0,
    updated_time: '2026-01-01T00:00:00Z',
    versions: Object.fromEntries(told),
  }
}
