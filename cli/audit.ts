import { readFileSync } from 'node:fs'
import {
  type AuditPlace,
  type Head,
  openAuditBasis,
  openAuditReader,
  verify,
  withBeside,
} from '@strongroom/server/audit'
import { configure } from '@strongroom/server/config'
import { type AuditArguments, parseAudit } from './audit/arguments.ts'
import { search, searchFlags, searchHelp } from './audit/search.ts'
import { validateDelivered, validateFlags, validateHelp } from './audit/validate.ts'
import { follow, shown } from './audit/tail.ts'
import { type Command, exit, Failure, type Io } from './command.ts'
import { accepted } from './settings.ts'
import { styles } from './style.ts'

/** `strongroom audit` */
export const audit: Command = {
  name: 'audit',
  summary: 'verify the audit trail, print its records, or find who did what',
  help: () => `usage: strongroom audit verify [--anchors FILE] [--json] [--data DIR | --database URL] [--seal-file FILE]
       strongroom audit tail [-n N] [--follow] [--json] [--data DIR | --database URL]
${searchHelp}${validateHelp}
Reads the audit trail of a server, while it runs or when it does not. Where it lies is said as for strongroom serve: by the
same flags, variables and file.

verify   Recomputes the chains of all records and checks them against what only the holder of the store's keys can write.
         Finds and names records that were altered, removed, inserted or moved, chains whose end was cut off, and writers
         (a writer is one process of the server) that were removed; and a trail that is not the one the store knows. Says
         what the retention took out, and when; and whether the positions of those who follow the trail, or its index, were
         altered (the index is made anew by itself).
         Exit code: 0 all is as it was written, 1 something was changed, 2 the trail can't be read.
  --anchors FILE   a former output of verify --json: each chain must still contain the heads in it. Kept on another machine
                   it shows when the whole trail was set back to an earlier moment, which no chain can show from within
tail     Prints the newest records, oldest first.
  -n N             how many; default 20
  --follow         go on with new ones until interrupted
${searchFlags}${validateFlags}--json             verify: the verdict as one JSON object; tail, search: each record as CloudTrail has it, one per line

examples:
  strongroom audit verify
  strongroom audit verify --json > heads.json      and later: strongroom audit verify --anchors heads.json
  strongroom audit tail --follow --json | jq 'select(.errorCode != null)'
  strongroom audit search --secret prod/db --event GetSecretValue --since 30d
  strongroom audit search --user alice --error AccessDeniedException --since 24h
`,
  async run(args, io) {
    if (args[0] === 'search' || args[0] === 'validate') {
      try {
        return await (args[0] === 'search' ? search : validateDelivered)(args.slice(1), io)
      } catch (error) {
        throw unreadable(error)
      }
    }
    const parsed = parseAudit(args)
    if ('problem' in parsed) throw new Failure(parsed.problem, 'see strongroom audit --help', exit.usage)
    const config = accepted('audit', configure('serve', parsed.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve') throw new Failure('the trail of strongroom dev ends with its process')
    try {
      return parsed.verb === 'verify' ? await verified(parsed, config, io) : await printed(parsed, config, io)
    } catch (error) {
      throw unreadable(error)
    }
  },
}

async function verified(parsed: AuditArguments, place: AuditPlace, io: Io): Promise<number> {
  const noted = parsed.anchors === undefined ? [] : readAnchors(parsed.anchors)
  const basis = await openAuditBasis(place)
  const { key, known } = basis
  const reader = await openAuditReader(place)
  try {
    const journal = await reader.snapshot((snapshot) => verify(snapshot, key, noted, known))
    const verdict = withBeside(journal, basis)
    const { red, bold } = styles(io)
    if (parsed.json) io.out(`${JSON.stringify(verdict)}\n`)
    else {
      for (const { kind, text } of verdict.problems) io.out(`${red(kind)}: ${text}\n`)
      for (const { writer, through, lastTime, prunedAt } of verdict.pruned)
        io.out(
          `pruned: records 1 to ${through} of writer ${writer}, the last of ${dayOf(lastTime)}, by the retention on ${dayOf(prunedAt)}\n`,
        )
      const size = `${verdict.records} records of ${verdict.writers} writers`
      io.out(verdict.ok ? `${bold('ok')}: ${size}, all as they were written\n` : `${red('tampered')}: ${size}\n`)
    }
    return verdict.ok ? 0 : 1
  } finally {
    await reader.close()
  }
}

const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10)

async function printed({ count, json, following }: AuditArguments, place: AuditPlace, io: Io): Promise<number> {
  const reader = await openAuditReader(place)
  try {
    const { records, position } = await reader.last(count)
    for (const record of records) io.out(shown(record, json))
    if (following) await follow(reader, position, (record) => io.out(shown(record, json)))
    return exit.ok
  } finally {
    await reader.close()
  }
}

/** The heads in a former verdict. */
function readAnchors(path: string): readonly Head[] {
  let heads: unknown
  try {
    heads = (JSON.parse(readFileSync(path, 'utf8')) as { heads?: unknown }).heads
  } catch (cause) {
    throw new Failure(
      `the anchors in ${path} can not be read`,
      'give an output of audit verify --json',
      exit.usage,
      cause,
    )
  }
  const sound =
    Array.isArray(heads) &&
    heads.every(
      (head: Partial<Head> | null) =>
        typeof head?.writer === 'string' && Number.isSafeInteger(head.sequence) && typeof head.hash === 'string',
    )
  if (!sound) throw new Failure(`${path} holds no heads`, 'give an output of audit verify --json', exit.usage)
  return heads as readonly Head[]
}

/** Whatever keeps the trail from being read: told in words, with exit code 2. */
function unreadable(error: unknown): Failure {
  if (error instanceof Failure) return error
  const { message = String(error), hint } = error as { message?: string; hint?: unknown }
  const [what = message, inText] = message.split('\nhint: ')
  return new Failure(what, typeof hint === 'string' ? hint : inText, exit.usage, error)
}
