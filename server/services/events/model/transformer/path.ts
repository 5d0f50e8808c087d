import type { Json } from '../pattern/match.ts'

/** One step of a path: the name of a member, a place in a list, or all of a list. */
type Step = string | number | '*all*'
const ALL = '*all*'

const STEP = /\.([^.[\]'"\s]+)|\[([0-9]{1,6})\]|\['([^'\]]+)'\]|\["([^"\]]+)"\]|\[(\*)\]/y

/** Reads `$.a.b[0]`, `$`, `$['a b']`, `$.a[*].b`; undefined when it is no path. Source: surroundings.md 4.3; API_InputTransformer. */
export function pathOf(text: string): readonly Step[] | undefined {
  if (!text.startsWith('$')) return undefined
  const steps: Step[] = []
  for (let at = 1; at < text.length; at = STEP.lastIndex) {
    STEP.lastIndex = at
    const [whole, name, place, quoted, doubled] = STEP.exec(text) ?? []
    if (whole === undefined) return undefined
    if (place !== undefined) steps.push(Number(place))
    else steps.push(name ?? quoted ?? doubled ?? ALL)
  }
  return steps
}

/** What stands at a path; undefined when nothing does. */
export function valueAt(event: Json, path: readonly Step[]): Json | undefined {
  let value = event
  for (const [i, step] of path.entries()) {
    if (step === ALL) {
      if (!Array.isArray(value)) return undefined
      const rest = path.slice(i + 1)
      return (value as readonly Json[]).flatMap((element) => {
        const found = valueAt(element, rest)
        return found === undefined ? [] : [found]
      })
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value) !== (typeof step === 'number'))
      return undefined
    if (!Object.hasOwn(value, step)) return undefined
    value = (value as { readonly [key: string]: Json })[step] as Json
  }
  return value
}
