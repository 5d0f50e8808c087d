/** What signs or carries a request, wherever somebody has put it: presigned URLs, Authorization headers, tokens. */
const SIGNED =
  /(X-Amz-(?:Signature|Credential|Security-Token)=|Signature=|\b(?:Bearer|Basic|AWS4-HMAC-SHA256)\s+)[^\s&,;"]+/gi
/** Longer than any word of a program's name: a session token has hundreds of such characters, of every kind. */
const OPAQUE = /[A-Za-z0-9+/=_%-]{100,}/g
const HIDDEN = '[hidden]'

/**
 * A header that a caller chose (User-Agent, Host) as the trail keeps it: without what others could sign in with. Source: surroundings.md 10,
 * trap 12.
 */
export function scrubbed(text: string): string {
  return text.replace(SIGNED, `$1${HIDDEN}`).replace(OPAQUE, (word) => (isToken(word) ? HIDDEN : word))
}

const isToken = (word: string) => /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word)
