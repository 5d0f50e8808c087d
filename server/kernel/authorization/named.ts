import { type Json, readJson } from '#kernel/authorization/json'

/** The principals that a document names, each once, as they are written. */
export interface Named {
  /** User, role, session and federated-user ARNs, unique ids, and whatever else stands under `AWS`. */
  readonly aws: readonly string[]
  /** 12-digit ids; of root ARNs too. */
  readonly accounts: readonly string[]
  /** `*` too, which no service or provider is. */
  readonly services: readonly string[]
  readonly federated: readonly string[]
}

/** Of this partition: an account of the same number in another one is somebody else. */
const ACCOUNT = /^(?:arn:aws:iam::([0-9]{12}):root|([0-9]{12}))$/

/** Who stands in `Principal` and `NotPrincipal` of a policy document; `*` is nobody in particular. Throws JsonFault. */
export function namedPrincipals(text: string): Named {
  const aws = new Set<string>()
  const accounts = new Set<string>()
  const services = new Set<string>()
  const federated = new Set<string>()
  for (const element of elements(readJson(text))) {
    for (const [kind, value] of element) {
      for (const name of Array.isArray(value) ? (value as readonly Json[]) : [value]) {
        if (typeof name !== 'string' || (name === '*' && kind === 'AWS')) continue
        if (kind === 'Service') services.add(name)
        else if (kind === 'Federated') federated.add(name)
        else if (kind === 'AWS') {
          const account = ACCOUNT.exec(name)
          if (account === null) aws.add(name)
          else accounts.add((account[1] ?? account[2]) as string)
        }
      }
    }
  }
  return { aws: [...aws], accounts: [...accounts], services: [...services], federated: [...federated] }
}

function* elements(document: Json): Generator<ReadonlyMap<string, Json>> {
  if (!(document instanceof Map)) return
  const written = (document as ReadonlyMap<string, Json>).get('Statement')
  for (const statement of Array.isArray(written) ? (written as readonly Json[]) : [written]) {
    if (!(statement instanceof Map)) continue
    for (const name of ['Principal', 'NotPrincipal']) {
      const element = (statement as ReadonlyMap<string, Json>).get(name)
      if (element instanceof Map) yield element as ReadonlyMap<string, Json>
    }
  }
}

/** A JSON string, or a bracket: all that decides where in a document one is. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]]/g
/** What follows a name, and no value. */
const COLON = /\s*:/y

/**
 * A well-made document with principals under other names; everything else stays as it was written, white space too.
 * @param names what is written → what shall stand there
 */
export function renamed(text: string, names: ReadonlyMap<string, string>): string {
  if (names.size === 0) return text
  let depth = 0
  /** Depth at which the element that names principals began; 0 outside. */
  let within = 0
  let expected = false
  return text.replace(TOKEN, (token, at: number) => {
    if (token === '{' || token === '[') {
      depth++
      if (expected) within = depth
      expected = false
      return token
    }
    if (token === '}' || token === ']') {
      if (depth === within) within = 0
      depth--
      return token
    }
    const written = JSON.parse(token) as string
    COLON.lastIndex = at + token.length
    const isName = COLON.test(text)
    if (within === 0) {
      expected = isName && (written === 'Principal' || written === 'NotPrincipal')
      return token
    }
    const other = isName ? undefined : names.get(written)
    return other === undefined ? token : JSON.stringify(other)
  })
}
