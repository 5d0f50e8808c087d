import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selfSigned } from '../../certificate.ts'

/** What a webhook was sent. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A webhook on https://localhost, and the settings of a server that may call it. */
export async function hook() {
  const { certificate, key } = selfSigned()
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-hook-'))
  writeFileSync(join(directory, 'ca.pem'), certificate)
  const environmentPath = join(directory, 'functions.json')
  writeFileSync(environmentPath, JSON.stringify({ DB_CA_FILE: 'ca.pem' }))
  const asked: Asked[] = []
  const state = { answer: (_: Asked, response: ServerResponse): void => void response.writeHead(204).end() }
  const server = createServer({ cert: certificate, key }, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url: path = '', headers } = request
    const one = { method, path, headers, body: Buffer.concat(chunks).toString() }
    asked.push(one)
    state.answer(one, response)
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    asked,
    state,
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    functions: { environmentPath, webhookPrivateHosts: ['localhost'] },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
