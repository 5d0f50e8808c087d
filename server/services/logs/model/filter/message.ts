/** One message as patterns look at it: taken apart once, when the first of them asks. */
export class Message {
  readonly text: string
  #json: { readonly value: unknown } | undefined
  #fields: readonly string[] | undefined

  constructor(text: string) {
    this.text = text
  }

  /** The object or list that the message is; undefined when it is none. */
  get json(): unknown {
    if (this.#json === undefined) this.#json = { value: parsed(this.text) }
    return this.#json.value
  }

  /** The words of the message: what stands in quotation marks or square brackets is one. */
  get fields(): readonly string[] {
    this.#fields ??= words(this.text)
    return this.#fields
  }
}

function parsed(text: string): unknown {
  const [first] = text.trimStart()
  if (first !== '{' && first !== '[') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // it only begins like it
    return undefined
  }
}

/** Fields beyond these are not told apart. */
const MOST_FIELDS = 1000

function words(text: string): string[] {
  const found: string[] = []
  for (let at = 0; at < text.length && found.length < MOST_FIELDS; ) {
    const char = text.charAt(at)
    if (/\s/.test(char)) {
      at++
      continue
    }
    const close = char === '"' ? '"' : char === '[' ? ']' : undefined
    const end = close === undefined ? -1 : text.indexOf(close, at + 1)
    if (end > 0) {
      found.push(text.slice(at + 1, end))
      at = end + 1
      continue
    }
    let to = at
    while (to < text.length && !/\s/.test(text.charAt(to))) to++
    found.push(text.slice(at, to))
    at = to
  }
  return found
}
