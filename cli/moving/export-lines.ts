import { TextProblem } from './json-text.ts'
import type { Incoming, IncomingRotation, IncomingSecret, IncomingTag, IncomingVersion } from './incoming.ts'

/*
 * The file of an export: a JSON object on each line. First what it is, then each secret followed by its versions, oldest first, then
 * how many secrets there were: a file that was cut off is not taken for a whole one.
 *
 *   {"strongroom":"export","format":1,"exported":"2026-11-23T01:35:56.000Z","region":"us-east-1","prefix":"prod/"}
 *   {"secret":"prod/db","versions":2,"description":"…","kmsKeyId":"alias/app","tags":[["team","blue"]],"policy":"{…}","rotation":{…}}
 *   {"version":"…","created":1795400000000,"labels":["AWSPREVIOUS"],"text":"…"}
 *   {"version":"…","created":1795500000000,"labels":["AWSCURRENT"],"base64":"…"}
 *   {"end":true,"secrets":1}
 */

/** Bytes of a line: a value, each character of it escaped, and room for the rest. */
const MOST_LINE = 1024 * 1024
/** Versions of a secret. */
const MOST_VERSIONS = 1000

/** What an export says about itself. Times as ISO 8601. */
export interface ExportHead {
  readonly exported: string
  readonly region: string
  readonly prefix: string
}

/** The first line, without its end. */
export const headLine = (head: ExportHead): string => JSON.stringify({ strongroom: 'export', format: 1, ...head })

/** The lines of one secret. */
export function linesOf(secret: IncomingSecret): string[] {
  const { name, versions, description, kmsKeyId, tags, type, policy, rotation } = secret
  const first = {
    secret: name,
    versions: versions.length,
    ...{ description, kmsKeyId, type, policy, rotation },
    ...(tags && { tags: tags.map(({ Key, Value }) => [Key, Value]) }),
  }
  return [JSON.stringify(first), ...versions.map(lineOf)]
}

function lineOf({ id, createdAt, labels, value }: IncomingVersion): string {
  const content = 'text' in value ? { text: value.text } : { base64: Buffer.from(value.bytes).toString('base64') }
  return JSON.stringify({ version: id, created: createdAt, labels, ...content })
}

/** The last line. */
export const endLine = (secrets: number): string => JSON.stringify({ end: true, secrets })

/** The secrets of an export, as they are read. Throws TextProblem for what is no export, or not the whole of one. */
export async function* secretsInExport(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Incoming> {
  let open: { first: Members; versions: IncomingVersion[]; left: number } | undefined
  let begun = false
  let ended = false
  let count = 0
  for await (const { text, line } of linesIn(bytes)) {
    const members = membersOf(text, line)
    if (!begun) {
      checkHead(members, line)
      begun = true
    } else if (ended) throw new TextProblem('there is something behind the end', line)
    else if (open !== undefined) {
      open.versions.push(versionOf(members, line))
      open.left--
    } else if (members.end === true) {
      if (members.secrets !== count) throw new TextProblem('secrets are missing', line)
      ended = true
    } else {
      const left = wholeIn(members, 'versions', line)
      if (left === undefined || left > MOST_VERSIONS) throw new TextProblem('a secret says no number of versions', line)
      open = { first: { ...members, line }, versions: [], left }
    }
    if (open?.left === 0) {
      count++
      yield { secret: secretOf(open.first, open.versions) }
      open = undefined
    }
  }
  if (!begun) throw new TextProblem('this is no export of strongroom')
  if (!ended) throw new TextProblem('the export is cut off: its end is missing')
}

type Members = Readonly<Record<string, unknown>>

async function* linesIn(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<{ text: string; line: number }> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let parts: Uint8Array[] = []
  let size = 0
  let line = 1
  const take = (): { text: string; line: number } => {
    try {
      return { text: decoder.decode(Buffer.concat(parts)), line }
    } catch {
      throw new TextProblem('this is no UTF-8', line)
    } finally {
      parts = []
      size = 0
      line++
    }
  }
  for await (const chunk of bytes) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, end))
      yield take()
      from = end + 1
    }
    parts.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > MOST_LINE) throw new TextProblem(`a line has more than ${MOST_LINE} bytes`, line)
  }
  if (size > 0) yield take()
}

function membersOf(text: string, line: number): Members {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // the parser's own words would quote the line
    throw new TextProblem('this is no line of an export', line)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new TextProblem('this is no line of an export', line)
  return parsed as Members
}

function checkHead({ strongroom, format }: Members, line: number): void {
  if (strongroom !== 'export') throw new TextProblem('this is no export of strongroom', line)
  if (format !== 1) throw new TextProblem('this export was made by a newer version of strongroom', line)
}

const wrong = (member: string, line: number) => new TextProblem(`the member ${member} is not what it should be`, line)

function textIn(members: Members, name: string, line: number): string | undefined {
  const value = members[name]
  if (value !== undefined && typeof value !== 'string') throw wrong(name, line)
  return value
}

function wholeIn(members: Members, name: string, line: number): number | undefined {
  const value = members[name]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong(name, line)
  return value
}

function versionOf(members: Members, line: number): IncomingVersion {
  const id = textIn(members, 'version', line)
  const text = textIn(members, 'text', line)
  const base64 = textIn(members, 'base64', line)
  const { labels } = members
  if (id === undefined || (text === undefined) === (base64 === undefined)) throw wrong('version', line)
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === 'string')) throw wrong('labels', line)
  const bytes = base64 === undefined ? undefined : Buffer.from(base64, 'base64')
  if (bytes !== undefined && bytes.toString('base64') !== base64) throw wrong('base64', line)
  const value = bytes === undefined ? { text: text as string } : { bytes }
  return { id, createdAt: wholeIn(members, 'created', line), value, labels: labels as string[] }
}

function secretOf(first: Members, versions: readonly IncomingVersion[]): IncomingSecret {
  const line = first.line as number
  const name = textIn(first, 'secret', line)
  if (name === undefined) throw wrong('secret', line)
  return {
    name,
    versions,
    description: textIn(first, 'description', line),
    kmsKeyId: textIn(first, 'kmsKeyId', line),
    type: textIn(first, 'type', line),
    policy: textIn(first, 'policy', line),
    tags: tagsIn(first.tags, line),
    rotation: rotationIn(first.rotation, line),
    whole: true,
    notes: [],
  }
}

function tagsIn(tags: unknown, line: number): IncomingTag[] | undefined {
  if (tags === undefined) return undefined
  if (!Array.isArray(tags)) throw wrong('tags', line)
  return tags.map((tag) => {
    const [Key, Value] = Array.isArray(tag) ? (tag as unknown[]) : []
    if (typeof Key !== 'string' || typeof Value !== 'string') throw wrong('tags', line)
    return { Key, Value }
  })
}

function rotationIn(rotation: unknown, line: number): IncomingRotation | undefined {
  if (rotation === undefined) return undefined
  if (typeof rotation !== 'object' || rotation === null) throw wrong('rotation', line)
  const members = rotation as Members
  const { enabled, rules } = members
  if (typeof enabled !== 'boolean') throw wrong('rotation', line)
  if (rules !== undefined && (typeof rules !== 'object' || rules === null)) throw wrong('rotation', line)
  const given = rules as Members | undefined
  const days = given && wholeIn(given, 'AutomaticallyAfterDays', line)
  const expression = given && textIn(given, 'ScheduleExpression', line)
  const duration = given && textIn(given, 'Duration', line)
  return {
    enabled,
    functionArn: textIn(members, 'functionArn', line),
    rules: given && {
      ...(days !== undefined && { AutomaticallyAfterDays: days }),
      ...(expression !== undefined && { ScheduleExpression: expression }),
      ...(duration !== undefined && { Duration: duration }),
    },
    lastAt: wholeIn(members, 'lastAt', line),
  }
}
