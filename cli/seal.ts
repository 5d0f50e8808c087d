import { configure, type SealSettings, type ServeConfig } from '@strongroom/server/config'
import type { Rotated, SealSummary } from '@strongroom/server/seals'
import { type Command, exit, Failure, type Io } from './command.ts'
import { parseSeal, type SealArguments, wantedSeal, wrong } from './seal/arguments.ts'
import { help } from './seal/help.ts'
import { accepted } from './settings.ts'
import { plain, styles } from './style.ts'

/** `strongroom seal` */
export const seal: Command = {
  name: 'seal',
  summary: 'make, list, add, remove and replace what unseals the store; prove that a backup opens',
  help,
  async run(args, io) {
    const asked = parseSeal(args)
    const config = accepted('seal', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    const seals = await import('@strongroom/server/seals')
    switch (asked.verb) {
      case 'init':
        return made(
          await seals.initSeal(config, await toBe(config.seal, config, asked, io)),
          'the store is sealed',
          asked,
          io,
        )
      case 'list':
        list(await seals.listSeals(config), asked.json, io)
        return exit.ok
      case 'add': {
        const wanted = wantedSeal(asked.wanted, config.regions[0], io.env)
        if (wanted === undefined) throw wrong('say which seal to add: --new-seal shamir, --new-seal-file FILE, …')
        if (wanted.kind === 'file' && config.seal.kind === 'file' && wanted.path === config.seal.path)
          throw wrong(`${wanted.path} is the key file that the store has: name another one with --new-seal-file`)
        return made(
          await seals.addSeal(config, await toBe(wanted, config, asked, io)),
          'the store has another seal',
          asked,
          io,
        )
      }
      case 'remove':
        await seals.removeSeal(config, asked.id as string)
        if (asked.json) io.out(`${JSON.stringify({ removed: asked.id })}\n`)
        else
          io.out(
            `${asked.id} no longer opens the store; who had it and a copy of the store still can: strongroom seal rekey\n`,
          )
        return exit.ok
      case 'rotate':
        return await rotate(config, asked, io)
      case 'rekey': {
        const done = await seals.rekey(config, !asked.noFollow)
        if (asked.json) io.out(`${JSON.stringify(done)}\n`)
        else
          io.out(
            `the store has root key ${done.root}, which ${done.seals.map(plain).join(', ')} open${done.seals.length === 1 ? 's' : ''}; from a minute on new records are wrapped under term ${done.term} of the keyring\n${done.followed ? '' : 'servers that run have to be started anew, now\n'}`,
          )
        return exit.ok
      }
      case 'drill':
        return await drill(config, asked, io)
    }
  },
}

/** The seal that is to be made. */
async function toBe(settings: SealSettings, config: ServeConfig, asked: SealArguments, io: Io) {
  const seals = await import('@strongroom/server/seals')
  if (settings.kind !== 'shamir') {
    if (asked.shares !== undefined || asked.threshold !== undefined || asked.out !== undefined)
      throw wrong(`--shares, --threshold and --out are for shamir, not for ${settings.kind}`)
    return seals.newSeal(settings)
  }
  const known = asked.verb === 'rotate' ? await seals.numbersOf(config, asked.id) : undefined
  const shares = asked.shares ?? known?.shares
  const threshold = asked.threshold ?? known?.threshold
  if (shares === undefined || threshold === undefined) throw wrong('say how many: --shares 5 --threshold 3')
  const mistake = seals.wrongNumbers(shares, threshold)
  if (mistake !== undefined) throw wrong(mistake)
  if (asked.out === undefined && io.terminal !== true)
    throw new Failure(
      'shares are shown on a terminal only, where they lie in no file',
      'write them to files with --out DIR, or run this at a terminal',
      exit.usage,
    )
  const where =
    asked.out === undefined
      ? seals.shownTo((text) => io.out(text))
      : seals.keptIn(asked.out, (files) =>
          io.err(`the shares are in ${files.join(', ')}: bring each to another place\n`),
        )
  return seals.newShares({ shares, threshold, ...where })
}

function made(summary: SealSummary, what: string, { json }: SealArguments, io: Io): number {
  if (json) io.out(`${JSON.stringify(shown(summary))}\n`)
  else io.out(`${what}: ${summary.id}${summary.about === '' ? '' : ` (${plain(summary.about)})`}\n`)
  return exit.ok
}

async function rotate(config: ServeConfig, asked: SealArguments, io: Io): Promise<number> {
  const seals = await import('@strongroom/server/seals')
  const wanted = wantedSeal(asked.wanted, config.regions[0], io.env)
  const replaced =
    asked.id === undefined ? undefined : (await seals.listSeals(config)).find(({ id }) => id === asked.id)
  if (asked.id !== undefined && replaced === undefined)
    throw new Failure(`the store has no seal ${asked.id}`, 'strongroom seal list')
  let done: Rotated
  if (wanted !== undefined) {
    if (wanted.kind === 'file' && config.seal.kind === 'file' && wanted.path === config.seal.path)
      throw wrong('leave --new-seal-file away: the key file gets a new key and keeps its name')
    done = await seals.rotateSeal(config, await toBe(wanted, config, asked, io), asked.id)
  } else {
    const kind = replaced?.kind ?? config.seal.kind
    if (kind === 'passphrase')
      throw wrong('give the new passphrase: --new-seal-passphrase-file or STRONGROOM_NEW_SEAL_PASSPHRASE')
    if (kind === 'shamir')
      done = await seals.rotateSeal(config, await toBe({ kind, shareFiles: [] }, config, asked, io), asked.id)
    else if (kind !== config.seal.kind) throw wrong(`say which seal takes the place of ${asked.id}: --new-seal …`)
    else if (kind === 'file') done = await seals.rotateSealFile(config, asked.id)
    else done = await seals.rotateSeal(config, seals.newSeal(config.seal), asked.id, true)
  }
  if (asked.json) io.out(`${JSON.stringify(done)}\n`)
  else
    io.out(
      done.finished
        ? `a rotation that had broken off is finished: ${done.id} took the place of ${done.replaced}\n`
        : `${done.id} took the place of ${done.replaced}\n`,
    )
  return exit.ok
}

async function drill(config: ServeConfig, asked: SealArguments, io: Io): Promise<number> {
  const { drill: prove, secretOf } = await import('@strongroom/server/seals')
  const url = io.env.STRONGROOM_COPY_DATABASE ?? ''
  if ((asked.copy === undefined) === !asked.copyDatabase)
    throw wrong('say what to prove: --copy FILE, or --copy-database with its URL in STRONGROOM_COPY_DATABASE')
  if (asked.copyDatabase && !URL.canParse(url))
    throw wrong('STRONGROOM_COPY_DATABASE is not the URL of the database that the backup was restored to')
  const {
    seal: kind,
    terms,
    materials,
    values,
    provenAt,
  } = await prove(config, asked.copy === undefined ? { database: secretOf(url) } : { file: asked.copy })
  const at = new Date(provenAt).toISOString()
  if (asked.json) io.out(`${JSON.stringify({ seal: kind, terms, materials, values, provenAt: at })}\n`)
  else
    io.out(
      `the copy opens with the ${kind} seal: keyring of ${count(terms, 'term')}, ${materials.opened} of ${count(materials.all, 'key material')}, ${values.opened} of ${count(values.all, 'value')} of secrets\nnoted as proven at ${at}\n`,
    )
  return exit.ok
}

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`

const shown = ({ createdAt, ...rest }: SealSummary) => ({
  ...rest,
  createdAt: createdAt === undefined ? null : new Date(createdAt).toISOString(),
})

function list(seals: readonly SealSummary[], json: boolean, io: Io): void {
  if (json) {
    for (const one of seals) io.out(`${JSON.stringify(shown(one))}\n`)
    return
  }
  const { bold } = styles(io)
  io.out(bold(`${'ID'.padEnd(22)}${'KIND'.padEnd(12)}${'CREATED'.padEnd(22)}ABOUT\n`))
  for (const { id, kind, createdAt, about } of seals) {
    const created = createdAt === undefined ? '-' : `${new Date(createdAt).toISOString().slice(0, 19)}Z`
    io.out(`${plain(id).padEnd(22)}${plain(kind).padEnd(12)}${created.padEnd(22)}${plain(about) || '-'}\n`)
  }
}
