import { type Json, readJson } from '#kernel/authorization/json'
import { type Compiled, parsePolicy } from '#kernel/authorization/policy'
import { policyInvalid, policySyntax, unsupportedPrincipal } from './refusals.ts'

/** The resource policy of a secret. Source: secretsmanager.md 12. */
export interface ResourcePolicy {
  /** As it was sent. */
  readonly document: string
  /** The unique ids of its principals, as IAM's port answers them. */
  readonly principals: string
  /** Of these two. */
  readonly compiled: Compiled
}

/** Refuses what is no resource policy, with the text that AWS has for each kind of fault. Source: secretsmanager.md 12. */
export function checkDocument(text: string): void {
  const parsed = parsePolicy(text, 'resource')
  if (!parsed.ok && parsed.fault === 'json') throw policySyntax()
  if (!parsed.ok && parsed.fault === 'principal') throw unsupportedPrincipal()
  if (!parsed.ok || !isComplete(readJson(text) as Elements)) throw policyInvalid()
}

type Elements = ReadonlyMap<string, Json>

/** What the language leaves open and a secret's policy must say: its version, and who and what each statement is about. */
function isComplete(document: Elements): boolean {
  const written = document.get('Statement') as Json
  const statements = (Array.isArray(written) ? written : [written]) as readonly Elements[]
  return (
    document.has('Version') &&
    statements.every(
      (statement) =>
        (statement.has('Principal') || statement.has('NotPrincipal')) &&
        (statement.has('Resource') || statement.has('NotResource')),
    )
  )
}

/**
 * A document as AWS shows it: members in their order, two spaces for each level, `"key" : value`, objects in lists opened as
 * `[ {` and closed as `} ]`. Source: secretsmanager.md 8.8, recorded.
 */
export function shownDocument(text: string): string {
  return shown(readJson(text), '')
}

function shown(value: Json, indent: string): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? '[ ]' : `[ ${value.map((item) => shown(item as Json, indent)).join(', ')} ]`
  }
  if (!(value instanceof Map)) return JSON.stringify(value)
  if (value.size === 0) return '{ }'
  const inner = `${indent}  `
  const members = Array.from(value as Elements, ([key, member]) => {
    return `${inner}${JSON.stringify(key)} : ${shown(member, inner)}`
  })
  return `{\n${members.join(',\n')}\n${indent}}`
}
