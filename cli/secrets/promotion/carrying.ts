import { agreed } from '../../confirm.ts'
import { exit, Failure, type Io } from '../../command.ts'
import { plain, styles } from '../../style.ts'
import { type Client, connect, connectOther, Refused, wireSettings } from '../../wire/client.ts'
import { type Asked, parseSecrets } from '../arguments.ts'
import { apply, type Making } from './applying.ts'
import { type Ends, sourcesOf } from './ends.ts'
import { chooser, type Route, routeOf } from './names.ts'
import { ordered } from './ordered.ts'
import { CURRENT, type Part, PARTS, planned, type Step, type Wish } from './plan.ts'
import { type Pair, pairsUnder, seen } from './seen.ts'
import { counted, stepJson, stepLine } from './told.ts'

/** How many secrets are read, or written, at once. */
const AT_ONCE = 8

/** What sets `copy` and `promote` apart. */
export interface Manner {
  readonly name: 'copy' | 'promote'
  /** What is brought along when nothing is said. */
  readonly parts: readonly Part[]
  /** Whether what is there already may be changed without asking for it. */
  readonly overwrites: boolean
}

/** Runs `strongroom copy` or `promote`: a plan first, then, when somebody agrees, what it says. */
export async function carry(manner: Manner, args: readonly string[], io: Io): Promise<number> {
  const asked = parseSecrets(args, {
    name: manner.name,
    words: ['[SOURCE]', '[TARGET]'],
    side: 'to',
    valued: ['--with', '--stage', '--as', '--to-kms-key-id'],
    repeated: ['--only', '--except'],
    plain: [
      '--everything',
      '--dry-run',
      '--yes',
      '--json',
      '--keys',
      '--unread',
      '--into-rotating',
      ...(manner.overwrites ? [] : ['--overwrite']),
    ],
  })
  const { flags, wrong } = asked
  // Nobody would see what he agrees to.
  if (flags.has('--json') && !flags.has('--yes') && !flags.has('--dry-run'))
    throw wrong('--json takes --yes or --dry-run')
  const wish = wishOf(manner, asked)
  const [first, other] = [wireSettings(asked.values), wireSettings(asked.values, 'to')]
  const elsewhere = Object.keys(other).length > 0
  const route = routeOf(asked.words, flags.has('--everything'), elsewhere, wrong)
  using from = await connect(first, io)
  using second = elsewhere ? await connectOther(other, first, io) : undefined
  const ends: Ends = { from, to: second ?? from }
  return new Carrying(manner, asked, wish, route, ends, io).run()
}

function wishOf({ parts, overwrites }: Manner, { values, flags, wrong }: Asked): Wish {
  const said = values.get('--with')?.split(',')
  const isPart = (text: string): text is Part => (PARTS as readonly string[]).includes(text)
  if (said?.every(isPart) === false) throw wrong(`--with takes some of ${PARTS.join(',')}`)
  const label = (flag: string) => {
    const text = values.get(flag) ?? CURRENT
    if (text.length > 256) throw wrong(`${flag} takes a label, of 256 characters at the most`)
    return text
  }
  return {
    parts: new Set(said?.filter(isPart) ?? parts),
    overwrites: overwrites || flags.has('--overwrite'),
    intoRotating: flags.has('--into-rotating'),
    compares: !flags.has('--unread'),
    stage: label('--stage'),
    as: label('--as'),
  }
}

class Carrying {
  readonly #manner: Manner
  readonly #asked: Asked
  readonly #wish: Wish
  readonly #route: Route
  readonly #ends: Ends
  readonly #io: Io
  readonly #json: boolean
  /** Names at the other end that no source has. */
  #extra = 0
  #same = 0
  /** That the source has, chosen or not. */
  #found = 0

  constructor(manner: Manner, asked: Asked, wish: Wish, route: Route, ends: Ends, io: Io) {
    this.#manner = manner
    this.#asked = asked
    this.#wish = wish
    this.#route = route
    this.#ends = ends
    this.#io = io
    this.#json = asked.flags.has('--json')
  }

  async run(): Promise<number> {
    const { flags, values } = this.#asked
    const dry = flags.has('--dry-run')
    const plan = await this.#plan(dry)
    const todo = plan.filter(({ action }) => action !== 'blocked')
    const blocked = plan.length - todo.length
    if (!this.#json) this.#tellPlan(todo, blocked)
    if (dry || todo.length === 0) return blocked > 0 ? exit.failed : exit.ok
    if (
      !(await agreed(
        `${counted(todo.length, 'secret')} will be written in ${this.#ends.to.where}. Go on?`,
        flags.has('--yes'),
        this.#io,
      ))
    ) {
      this.#io.err('nothing was changed\n')
      return exit.failed
    }
    return this.#apply(todo, blocked, { kmsKeyId: values.get('--to-kms-key-id') })
  }

  /** The plan, told while it is made; of what is the same already only the number is kept. */
  async #plan(dry: boolean): Promise<Step[]> {
    const { lists, flags } = this.#asked
    const { from, to } = this.#ends
    const [route, json] = [this.#route, this.#json]
    const chosen = chooser(lists.get('--only') ?? [], lists.get('--except') ?? [])
    const place = (client: Client, name: string) => `${plain(name) || 'all'} in ${client.where}`
    if (!json) this.#io.out(`${this.#manner.name} ${place(from, route.source)}\n  to ${place(to, route.target)}\n`)
    const plan: Step[] = []
    for await (const step of ordered(this.#pairs(chosen), AT_ONCE, (pair) => this.#step(pair))) {
      if (step.action === 'same') {
        this.#same++
        continue
      }
      plan.push(step)
      if (!json) this.#io.out(stepLine(step, flags.has('--keys'), this.#io))
      else if (dry || step.action === 'blocked') this.#io.out(stepJson(step, dry ? 'planned' : 'not done'))
      await this.#io.drained?.()
    }
    return plan
  }

  async *#pairs(chosen: (name: string) => boolean): AsyncGenerator<Pair> {
    const { from, to } = this.#ends
    const { kind, source, target } = this.#route
    if (kind === 'prefix') {
      const there = () => void this.#extra++
      for await (const pair of pairsUnder([from, source], [to, target], there)) {
        this.#found++
        if (chosen(pair.source.name)) yield pair
      }
      if (this.#found === 0 && source !== '')
        throw noSecret(`no secret's name begins with ${plain(source).slice(0, 200)}`)
      return
    }
    const one = await seen(from, source)
    if (one === undefined || one.deleted)
      throw noSecret(
        `there is no secret ${plain(source).slice(0, 200)}${one?.deleted ? ': it waits for its deletion' : ''}`,
      )
    yield { source: one, name: target, target: await seen(to, target) }
  }

  /** What one secret needs; what may not be read blocks this one and no other. */
  async #step(pair: Pair): Promise<Step> {
    try {
      return await planned(pair, this.#wish, sourcesOf(this.#ends, pair, this.#wish))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return {
        action: 'blocked',
        source: pair.source.name,
        target: pair.name,
        changes: [],
        reason: `cannot be compared: ${error.message}`,
      }
    }
  }

  #tellPlan(todo: readonly Step[], blocked: number): void {
    const made = todo.filter(({ action }) => action === 'create').length
    const parts = [
      made > 0 && `${made} to create`,
      todo.length > made && `${todo.length - made} to change`,
      blocked > 0 && `${blocked} blocked`,
      `${this.#same} the same already`,
      this.#extra > 0 && `${this.#extra} only over there, left alone`,
    ].filter((part) => part !== false)
    this.#io.out(`${parts.join(', ')}\n`)
  }

  /** Does the plan; what fails is told, and stops nothing but an end that cannot be reached. */
  async #apply(todo: readonly Step[], blocked: number, making: Making): Promise<number> {
    const { red } = styles(this.#io)
    let done = 0
    let failed = 0
    const one = async (step: Step): Promise<{ step: Step; error?: Failure }> => {
      try {
        await apply(step, this.#wish, this.#ends, making)
        return { step }
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        return { step, error }
      }
    }
    let lost: Failure | undefined
    for await (const { step, error } of ordered(
      until(todo, () => lost !== undefined),
      AT_ONCE,
      one,
    )) {
      if (error === undefined) done++
      else {
        failed++
        if (!(error instanceof Refused) && error.cause !== undefined) lost = error
        if (!this.#json)
          this.#io.err(
            `${red('failed')}: ${plain(step.target)}: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}\n`,
          )
      }
      if (this.#json) this.#io.out(stepJson(step, error === undefined ? 'done' : 'failed', error?.message))
    }
    const left = todo.length - done - failed
    if (!this.#json)
      this.#io.out(
        `${counted(done, 'secret')} written${failed > 0 ? `, ${failed} failed` : ''}${left > 0 ? `, ${left} not begun` : ''}\n`,
      )
    if (failed + left > 0) this.#io.err('what is done is done: the same command again goes on with the rest\n')
    return failed + left + blocked > 0 ? exit.failed : exit.ok
  }
}

const noSecret = (what: string) => new Failure(what, 'strongroom ls shows which there are; a prefix ends with a slash')

/** The items, as long as it goes well. */
function* until<T>(items: readonly T[], stopped: () => boolean): Generator<T> {
  for (const item of items) {
    if (stopped()) return
    yield item
  }
}
