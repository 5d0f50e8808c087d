/** What was asked of `strongroom audit`. */
export interface AuditArguments {
  readonly verb: 'verify' | 'tail'
  readonly json: boolean
  readonly anchors: string | undefined
  /** Records to begin with. */
  readonly count: number
  readonly following: boolean
  /** Flags that say where the server keeps its state: those of `strongroom serve`. */
  readonly rest: readonly string[]
}

const MOST = 1_000_000

/** Takes the command's own flags off the line. */
export function parseAudit(args: readonly string[]): AuditArguments | { readonly problem: string } {
  const [verb, ...flags] = args
  if (verb !== 'verify' && verb !== 'tail')
    return { problem: 'say what to do: audit verify, audit tail or audit search' }
  let json = false
  let following = false
  let anchors: string | undefined
  let count = 20
  const rest: string[] = []
  for (let at = 0; at < flags.length; at++) {
    const [name = '', inline] = split(flags[at] as string)
    if (name === '--json') json = true
    else if (name === '--follow' && verb === 'tail') following = true
    else if (name === '--anchors' && verb === 'verify') {
      anchors = inline ?? flags[++at]
      if (anchors === undefined) return { problem: '--anchors needs a file' }
    } else if (name === '-n' && verb === 'tail') {
      const text = inline ?? flags[++at] ?? ''
      if (!/^\d{1,7}$/.test(text) || Number(text) > MOST) return { problem: `-n is a number from 0 to ${MOST}` }
      count = Number(text)
    } else rest.push(flags[at] as string)
  }
  return { verb, json, anchors, count, following, rest }
}

function split(flag: string): [string, string?] {
  const at = flag.indexOf('=')
  return at < 0 ? [flag] : [flag.slice(0, at), flag.slice(at + 1)]
}
