/** Lines of a tree that is drawn while its names come in order: nothing is kept but the way to where it is. */
export class Tree {
  readonly #depth: number
  readonly #draw: (line: string) => void
  /** The folders that are open, outermost first. */
  #open: string[] = []
  /** Secrets in the folder that is too deep to be shown. */
  #hidden = 0
  #hiddenIn: string | undefined

  /** `depth`: levels that are shown; what lies deeper is counted. */
  constructor(draw: (line: string) => void, depth = Number.POSITIVE_INFINITY) {
    this.#draw = draw
    this.#depth = depth
  }

  /** The next secret. Names must come sorted: those of one folder stand together then. `note` stands behind its name. */
  add(name: string, note = ''): void {
    const folders = foldersOf(name)
    const leaf = name.slice(folders.join('').length)
    const shown = folders.slice(0, this.#depth - 1)
    const deep = folders.length >= this.#depth ? folders.slice(0, this.#depth).join('') : undefined
    if (deep !== this.#hiddenIn) this.#closeHidden()
    let same = 0
    while (same < shown.length && this.#open[same] === shown[same]) same++
    for (const [level, folder] of shown.entries()) if (level >= same) this.#line(level, folder)
    this.#open = shown
    if (deep === undefined) this.#line(folders.length, `${leaf}${note}`)
    else {
      this.#hiddenIn = deep
      this.#hidden++
    }
  }

  /** After the last secret. */
  end(): void {
    this.#closeHidden()
  }

  #closeHidden(): void {
    if (this.#hiddenIn !== undefined) {
      const folder = foldersOf(this.#hiddenIn).at(-1) as string
      this.#line(this.#depth - 1, `${folder}  (${this.#hidden} ${this.#hidden === 1 ? 'secret' : 'secrets'})`)
    }
    this.#hidden = 0
    this.#hiddenIn = undefined
  }

  #line(level: number, text: string): void {
    this.#draw(`${'  '.repeat(level)}${text}\n`)
  }
}

/** `prod/db/main` → `prod/`, `db/`. A name may begin with `/`, end with one, or have two together: nothing is lost. */
function foldersOf(name: string): string[] {
  return name.match(/[^/]*\//g) ?? []
}
