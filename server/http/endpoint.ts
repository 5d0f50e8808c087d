import { readFileSync } from 'node:fs'
import { parsePolicy, standing } from '#kernel/authorization/policy'
import type { Endpoint } from '#kernel/call'

/** Something wrong with the file of a private endpoint; for people. */
export class EndpointError extends Error {
  readonly hint: string

  constructor(
    message: string,
    hint = 'it has {"id": "vpce-…", "vpc": "vpc-…", "policy": {…}}; vpc and policy may be left out',
  ) {
    super(message)
    this.name = 'EndpointError'
    this.hint = hint
  }
}

const ID = /^vpce-[0-9a-z-]{1,60}$/
const VPC = /^vpc-[0-9a-z-]{1,60}$/

/** Reads the file of a private endpoint: its ids, and the policy that bounds every call which comes in by it. */
export function readEndpoint(path: string): Endpoint {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new EndpointError(`${path} can not be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
  let written: unknown
  try {
    written = JSON.parse(text)
  } catch {
    throw new EndpointError(`${path} is no JSON`)
  }
  if (typeof written !== 'object' || written === null) throw new EndpointError(`${path} is no JSON object`)
  const { id, vpc, policy, ...more } = written as Readonly<Record<string, unknown>>
  const [unknown] = Object.keys(more)
  if (unknown !== undefined) throw new EndpointError(`${path}: there is no member ${unknown}`)
  if (typeof id !== 'string' || !ID.test(id)) throw new EndpointError(`${path}: id is not like vpce-0a1b2c3d`)
  if (vpc !== undefined && (typeof vpc !== 'string' || !VPC.test(vpc))) {
    throw new EndpointError(`${path}: vpc is not like vpc-0a1b2c3d`)
  }
  if (policy === undefined) return { id, ...(vpc === undefined ? {} : { vpc }) }
  const parsed = parsePolicy(JSON.stringify(policy), 'resource')
  if (!parsed.ok) {
    throw new EndpointError(`${path}: ${parsed.message}`, 'a policy with Principal, as the endpoints of AWS have them')
  }
  const compiled = standing(parsed.policy, { kind: 'endpoint', id, holder: '' })
  return { id, ...(vpc === undefined ? {} : { vpc }), policy: compiled }
}
