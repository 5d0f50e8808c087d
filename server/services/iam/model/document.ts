import { parsePolicy, policySize } from '#kernel/authorization/policy'
import { limitExceeded, malformedPolicy } from './refusals.ts'

/** Characters (without white space) that the inline policies of one user may have together. Source: access.md 3.2. */
export const MOST_INLINE = 2048
/** The same for one managed policy. */
export const MOST_MANAGED = 6144

/** Checks the document of an inline policy; `others` are the user's other inline documents. Throws IAM's refusals. */
export function checkInline(document: string, others: readonly string[], userName: string): void {
  const parsed = parsePolicy(document, 'identity')
  if (!parsed.ok) throw malformedPolicy(parsed.message)
  let size = policySize(document)
  for (const other of others) size += policySize(other)
  if (size > MOST_INLINE)
    throw limitExceeded(`Maximum policy size of ${MOST_INLINE} bytes exceeded for user ${userName}`)
}

/** Checks the document of a managed policy. */
export function checkManaged(document: string): void {
  const parsed = parsePolicy(document, 'identity', { managed: true })
  if (!parsed.ok) throw malformedPolicy(parsed.message)
  if (policySize(document) > MOST_MANAGED) throw limitExceeded(`Cannot exceed quota for PolicySize: ${MOST_MANAGED}`)
}

/** A document as answers carry it: percent-encoded by RFC 3986; clients decode it. Source: access.md 3.1. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
