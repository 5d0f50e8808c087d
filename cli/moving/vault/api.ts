import { readFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { isLoopback } from '@strongroom/server/wire'
import { exit, Failure, type Io } from '../../command.ts'
import { inOrder } from '../in-order.ts'
import type { Incoming } from '../incoming.ts'
import { type JsonNode, memberOf, readJsonText, textOf } from '../json-text.ts'
import { toldVersions } from './exports.ts'
import { customMetadataOf, fromKv, type KvCut, type KvVersion } from './kv.ts'

/** Where a running Vault or OpenBao is, and who asks. */
export interface VaultPlace {
  readonly url: URL
  /** Never shown. */
  readonly token: string
  readonly namespace: string | undefined
  /** PEM. */
  readonly ca: string | undefined
}

/** The clock and the patience of tests. */
export interface Around {
  readonly now: () => number
  readonly pause?: (ms: number) => Promise<unknown>
}

const MOST_BODY = 8 * 1024 * 1024
const MOST_DEPTH = 64
const ATTEMPTS = 5
const TIMEOUT_MS = 30_000
const AT_ONCE = 4

/** Reads VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE and VAULT_CACERT, or the same with BAO_. Throws Failure. */
export function vaultIn(env: Io['env']): VaultPlace {
  const said = (name: string) => env[`BAO_${name}`] || env[`VAULT_${name}`] || undefined
  const address = said('ADDR')
  const token = said('TOKEN')
  const unusable = (what: string, hint: string) => new Failure(what, hint, exit.usage)
  if (address === undefined)
    throw unusable('where is Vault?', 'set VAULT_ADDR (or BAO_ADDR), such as https://vault:8200')
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.search !== '')
    throw unusable('VAULT_ADDR is no http:// or https:// address', 'such as https://vault:8200')
  if (token === undefined) throw unusable('who asks Vault?', 'set VAULT_TOKEN (or BAO_TOKEN); vault login gets one')
  // it becomes a header
  if (!/^[\x21-\x7e]{1,4096}$/.test(token))
    throw unusable('VAULT_TOKEN is no token', 'it has no spaces and no line end')
  const namespace = said('NAMESPACE')
  if (namespace !== undefined && !/^[\x21-\x7e]{1,1024}$/.test(namespace))
    throw unusable('VAULT_NAMESPACE is no namespace', 'such as admin/team')
  if (/^(1|t|true)$/i.test(said('SKIP_VERIFY') ?? ''))
    throw unusable('VAULT_SKIP_VERIFY is set', 'name the authority of its certificate instead: VAULT_CACERT=FILE')
  return { url, token, namespace, ca: authorityIn(said('CACERT')) }
}

function authorityIn(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Failure(`VAULT_CACERT ${path} cannot be read`, 'a file in PEM', exit.usage, cause)
  }
}

/** Whether nobody on the way can read along. */
export function isPrivate({ url }: VaultPlace): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return url.protocol === 'https:' || host === 'localhost' || isLoopback(host)
}

/** The secrets below `path` of a mount of KV version 2, with all versions that are kept. Throws Failure. */
export async function* secretsInVault(
  place: VaultPlace,
  { mount, path, ...cut }: KvCut & { readonly mount: string; readonly path: string },
  around: Around,
): AsyncGenerator<Incoming> {
  const api = new VaultApi(place, mount, around)
  for await (const found of inOrder(api.paths(path), AT_ONCE, (each) => api.secret(each, cut))) yield* found
}

class VaultApi {
  readonly #place: VaultPlace
  readonly #mount: string
  readonly #around: Around

  constructor(place: VaultPlace, mount: string, around: Around) {
    this.#place = place
    this.#mount = mount.replace(/^\/+|\/+$/g, '')
    this.#around = around
  }

  /** Every path of a secret, folder by folder. */
  async *paths(start: string): AsyncGenerator<string> {
    const root = start.replace(/^\/+|\/+$/g, '')
    let any = false
    if (root !== '' && (await this.#get('metadata', root)) !== undefined) {
      any = true
      yield root
    }
    for await (const path of this.#below(root === '' ? '' : `${root}/`, 0)) {
      any = true
      yield path
    }
    if (!any)
      throw new Failure(
        `Vault has no secrets at ${this.#mount}/${root}`,
        'is the mount another one (--mount), of KV version 2, and may the token list it?',
      )
  }

  async *#below(folder: string, depth: number): AsyncGenerator<string> {
    if (depth > MOST_DEPTH) throw new Failure(`the folders of Vault are nested deeper than ${MOST_DEPTH}`)
    const listed = await this.#get('metadata', folder, 'list=true')
    const keys = memberOf(memberOf(listed, 'data'), 'keys')
    for (const key of keys?.kind === 'array' ? keys.items : []) {
      const name = textOf(key)
      // a listing is trusted no further than that its paths lie below the folder
      if (name === undefined || name === '' || name === '/' || /^\.{1,2}\/?$/.test(name)) continue
      if (name.endsWith('/')) yield* this.#below(`${folder}${name}`, depth + 1)
      else yield `${folder}${name}`
    }
  }

  async secret(path: string, cut: KvCut): Promise<Incoming[]> {
    const metadata = memberOf(await this.#get('metadata', path), 'data')
    if (metadata === undefined) return [{ left: { name: path, why: 'it was deleted meanwhile' } }]
    const versions: KvVersion[] = []
    for (const told of toldVersions(memberOf(metadata, 'versions'), this.#around.now()))
      versions.push(told.gone === undefined ? await this.#version(path, told) : told)
    return fromKv({ path, versions, customMetadata: customMetadataOf(memberOf(metadata, 'custom_metadata')) }, cut)
  }

  async #version(path: string, told: KvVersion): Promise<KvVersion> {
    const answer = memberOf(await this.#get('data', path, `version=${told.number}`), 'data')
    const data = memberOf(answer, 'data')
    return data === undefined || data.kind === 'literal' ? { ...told, gone: 'deleted' } : { ...told, data }
  }

  /** What a path answers; undefined: there is nothing. */
  async #get(kind: 'data' | 'metadata', path: string, query = ''): Promise<JsonNode | undefined> {
    const escaped = `${this.#mount}/${kind}/${path}`.split('/').map(encodeURIComponent).join('/')
    const base = this.#place.url.pathname.replace(/\/+$/, '')
    const url = new URL(`${base}/v1/${escaped}${query && `?${query}`}`, this.#place.url)
    const { pause = delay } = this.#around
    for (let attempt = 1; ; attempt++) {
      const answer = await send(url, this.#place)
      // Vault answers 404 for a version that is deleted too, with its metadata and without its data.
      if (answer.status === 200 || answer.status === 404) return read(answer, url)
      const passing = answer.status === 429 || answer.status === 412 || answer.status >= 500
      if (!passing || attempt === ATTEMPTS) throw refused(answer.status, `${this.#mount}/${path}`)
      await pause(200 * 2 ** attempt)
    }
  }
}

interface Answer {
  readonly status: number
  readonly body: string
}

function read({ status, body }: Answer, url: URL): JsonNode | undefined {
  try {
    const node = readJsonText(body)
    return status === 404 && memberOf(memberOf(node, 'data'), 'data') === undefined ? undefined : node
  } catch (cause) {
    if (status === 404) return undefined
    throw new Failure(`${url.origin} does not answer as Vault does`, 'is VAULT_ADDR right?', exit.failed, cause)
  }
}

function refused(status: number, path: string): Failure {
  if (status === 403)
    return new Failure(`Vault lets the token not read ${path}`, 'it needs read and list on its data and metadata')
  if (status === 503) return new Failure('Vault is sealed or not ready', 'vault status says what it waits for')
  if (status === 429) return new Failure('Vault asks for patience', 'run the same again: what is here already stays')
  return new Failure(
    `Vault answers ${path} with status ${status}`,
    'is VAULT_ADDR right, and the mount of KV version 2?',
  )
}

function send(url: URL, place: VaultPlace, redirects = 3): Promise<Answer> {
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest
  const headers = {
    'x-vault-token': place.token,
    'x-vault-request': 'true',
    ...(place.namespace !== undefined && { 'x-vault-namespace': place.namespace }),
  }
  const options = { headers, timeout: TIMEOUT_MS, ...(place.ca !== undefined && { ca: place.ca }) }
  return new Promise<Answer>((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const what = `Vault at ${url.origin} can not be asked (${cause.code ?? 'no answer'})`
      reject(cause instanceof Failure ? cause : new Failure(what, 'is VAULT_ADDR right?', exit.failed, cause))
    }
    const asked = request(url, options, (answer) => {
      const { statusCode: status = 0 } = answer
      const parts: Buffer[] = []
      let size = 0
      answer.on('data', (part: Buffer) => {
        size += part.length
        if (size > MOST_BODY) asked.destroy(new Failure('an answer of Vault is too long'))
        else parts.push(part)
      })
      answer.on('error', fail)
      answer.on('end', () => {
        const to = answer.headers.location
        if ((status === 307 || status === 308) && to !== undefined && redirects > 0)
          resolve(follow(to, url, place, redirects))
        else resolve({ status, body: Buffer.concat(parts).toString('utf8') })
      })
    })
    asked.on('timeout', () => asked.destroy(new Failure(`Vault at ${url.origin} does not answer`)))
    asked.on('error', fail)
    asked.end()
  })
}

/** A standby of Vault sends on to the active one. The token goes along, so never from https to http. */
async function follow(to: string, from: URL, place: VaultPlace, redirects: number): Promise<Answer> {
  const url = URL.canParse(to, from.href) ? new URL(to, from.href) : undefined
  if (url === undefined || url.protocol !== from.protocol)
    throw new Failure('Vault sends on to another kind of address', 'set VAULT_ADDR to the active node')
  return send(url, place, redirects - 1)
}
