import { parsePolicy, policySize } from '#kernel/authorization/policy'
import { limitExceeded, malformedPolicy } from './refusals.ts'

/** Characters (without white space) that the inline policies of one entity may have together. Source: access.md 3.2. */
export const MOST_INLINE = { user: 2048, group: 5120, role: 10240 } as const
/** The same for one managed policy. */
export const MOST_MANAGED = 6144
/**
 * How much larger the text may be than what counts of it. Assumed: AWS names no bound for white space but the 131,072
 * characters of a request; here a document is kept and compiled with it.
 */
const WHITE_SPACE = 4

/**
 * Checks the document of an inline policy of a user, group or role of that name; `others` are its other inline documents.
 * Throws IAM's refusals.
 */
export function checkInline(
  document: string,
  others: readonly string[],
  kind: 'user' | 'group' | 'role',
  name: string,
): void {
  const most = MOST_INLINE[kind]
  const exceeded = () => limitExceeded(`Maximum policy size of ${most} bytes exceeded for ${kind} ${name}`)
  const written = others.reduce((sum, other) => sum + other.length, document.length)
  if (written > most * WHITE_SPACE) throw exceeded()
  const parsed = parsePolicy(document, 'identity')
  if (!parsed.ok) throw malformedPolicy(parsed.message)
  let size = policySize(document)
  for (const other of others) size += policySize(other)
  if (size > most) throw exceeded()
}

/** Checks the document of a managed policy. */
export function checkManaged(document: string): void {
  const exceeded = () => limitExceeded(`Cannot exceed quota for PolicySize: ${MOST_MANAGED}`)
  if (document.length > MOST_MANAGED * WHITE_SPACE) throw exceeded()
  const parsed = parsePolicy(document, 'identity', { managed: true })
  if (!parsed.ok) throw malformedPolicy(parsed.message)
  if (policySize(document) > MOST_MANAGED) throw exceeded()
}

/** A document as answers carry it: percent-encoded by RFC 3986; clients decode it. Source: access.md 3.1. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
