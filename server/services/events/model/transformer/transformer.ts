import type { Json } from '../pattern/match.ts'
import type { Target } from '../rule.ts'
import { invalid } from '../refusals.ts'
import { pathOf, valueAt } from './path.ts'

/** What a target is handed of an event. Source: surroundings.md 4.3; API_Target, API_InputTransformer. */

/** An event that is handed over, and by which rule. */
export interface Occasion {
  /** As JSON.parse reads `text`. */
  readonly event: Json
  /** The whole event, as it goes to targets that want all of it. */
  readonly text: string
  readonly ruleArn: string
  readonly ruleName: string
  /** When the bus got it, milliseconds. */
  readonly ingestedAt: number
}

/** What a target wants instead of the event. */
export type Wanted = Pick<Target, 'Input' | 'InputPath' | 'InputTransformer'>

/** Characters that a target is handed at the most: what an event may have. */
const MOST = 1_048_576

/** What was made for a target is too much to be handed over: it will never be otherwise. */
export class TooMuch extends Error {}

/** What a target is handed; undefined: nothing at all, as AWS does for an empty Input. Throws TooMuch. */
export function inputOf({ Input, InputPath, InputTransformer }: Wanted, occasion: Occasion): string | undefined {
  if (Input !== undefined) return Input === '' ? undefined : Input
  // An empty path is none: the console sends it.
  if (InputPath) {
    const path = pathOf(InputPath)
    // Assumed: null where there is nothing.
    return bounded(JSON.stringify((path && valueAt(occasion.event, path)) ?? null))
  }
  if (InputTransformer?.InputTemplate === undefined) return occasion.text
  const values = new Map<string, Json>()
  for (const [name, text] of Object.entries(InputTransformer.InputPathsMap ?? {})) {
    const path = pathOf(text)
    const value = path && valueAt(occasion.event, path)
    if (value !== undefined) values.set(name, value)
  }
  return filled(InputTransformer.InputTemplate, (name) => predefined(name, occasion) ?? values.get(name) ?? '')
}

/** What a predefined name stands for; undefined when it is none. Source: surroundings.md 4.3, recorded. */
function predefined(name: string, { event, ruleArn, ruleName, ingestedAt }: Occasion): Json | undefined {
  switch (name) {
    case 'aws.events.rule-arn':
      return ruleArn
    case 'aws.events.rule-name':
      return ruleName
    case 'aws.events.event.ingestion-time':
      return new Date(ingestedAt).toISOString().replace(/\.[0-9]{3}Z$/, 'Z')
    case 'aws.events.event.json':
      return event
    case 'aws.events.event':
      return withoutDetail(event)
    default:
      return undefined
  }
}

const PREDEFINED: ReadonlySet<string> = new Set([
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event.json',
  'aws.events.event',
])

function withoutDetail(event: Json): Json {
  const { detail: _, 'detail-type': detailType, ...rest } = event as { readonly [key: string]: Json }
  return { ...rest, ...(detailType === undefined ? {} : { detailType }) }
}

/** A part of a template: text as it stands, or a placeholder, within a JSON string or not. */
type Part = string | { readonly name: string; readonly quoted: boolean }

const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/y

function partsOf(template: string): Part[] {
  const parts: Part[] = []
  let quoted = false
  let from = 0
  for (let at = 0; at < template.length; at++) {
    const character = template.charAt(at)
    if (character === '\\' && quoted) at++
    else if (character === '"') quoted = !quoted
    else if (character === '<') {
      PLACEHOLDER.lastIndex = at
      const [whole, name] = PLACEHOLDER.exec(template) ?? []
      if (whole === undefined || name === undefined) continue
      parts.push(template.slice(from, at), { name, quoted })
      from = at + whole.length
      at = from - 1
    }
  }
  parts.push(template.slice(from))
  return parts
}

function filled(template: string, valueNamed: (name: string) => Json): string {
  let text = ''
  const known = new Map<string, string>()
  for (const part of partsOf(template)) {
    if (typeof part === 'string') text += part
    else {
      const key = `${part.quoted}${part.name}`
      let shown = known.get(key)
      if (shown === undefined) {
        const value = valueNamed(part.name)
        shown = part.quoted ? escaped(wordsOf(value)) : JSON.stringify(value)
        known.set(key, shown)
      }
      text += shown
    }
    if (text.length > MOST) throw new TooMuch('what the template makes of the event is too much')
  }
  return text
}

/** A value within a text: objects and lists lose their quotation marks. Source: surroundings.md 4.3, recorded: `{acc_id:1}`. */
function wordsOf(value: Json): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(wordsOf).join(',')}]`
  return `{${Object.entries(value)
    .map(([name, member]) => `${name}:${wordsOf(member as Json)}`)
    .join(',')}}`
}

/** Assumed: what stands within a JSON string cannot end it. */
const escaped = (text: string) => JSON.stringify(text).slice(1, -1)

function bounded(text: string): string {
  if (text.length > MOST) throw new TooMuch('what the path finds is too much')
  return text
}

/** Refuses what PutTargets refuses. Source: surroundings.md 4.2, 4.3. */
export function checkInput({ Id, Input, InputPath, InputTransformer }: Wanted & Pick<Target, 'Id'>): void {
  const given = [Input, InputPath, InputTransformer].filter((one) => one !== undefined)
  if (given.length > 1)
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`)
  if (Input !== undefined && Input !== '' && !isJson(Input))
    throw invalid(`JSON syntax error in input for target ${Id}: [Source: (String)"${Input}"; line: 1, column: 1]`)
  // Assumed: the text.
  if (InputPath && pathOf(InputPath) === undefined) throw invalid(`Invalid InputPath for target ${Id}.`)
  if (InputTransformer?.InputTemplate === undefined) return
  checkTemplate(Id, InputTransformer.InputTemplate, InputTransformer.InputPathsMap ?? {})
}

function checkTemplate(id: string, template: string, paths: Readonly<Record<string, string>>): void {
  for (const [name, path] of Object.entries(paths)) {
    // Assumed: the texts.
    if (/^aws/i.test(name)) throw invalid(`InputPathsMap for target ${id} contains invalid key ${name}.`)
    if (pathOf(path) === undefined) throw invalid(`Invalid InputPathsMap for target ${id}.`)
  }
  const parts = partsOf(template)
  for (const part of parts)
    if (typeof part !== 'string' && !Object.hasOwn(paths, part.name) && !PREDEFINED.has(part.name))
      throw invalid(`InputTemplate for target ${id} contains invalid placeholder <${part.name}>.`)
  const sample = parts.map((part) => (typeof part === 'string' ? part : part.quoted ? '' : 'null')).join('')
  // Several lines of text in quotation marks are a template too. Assumed: the text of the refusal.
  if (!isJson(sample) && !sample.split('\n').every((line) => /^\s*".*"\s*$/.test(line) && isJson(line)))
    throw invalid(`Invalid InputTemplate for target ${id} : [Source: (String)"${template}"; line: 1, column: 1].`)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
