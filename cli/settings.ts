import type { Config, Configured } from '@strongroom/server/config'
import type { Io } from './command.ts'
import { styles } from './style.ts'

/** The config, its warnings printed; undefined after all that is wrong with it was printed. */
export function accepted<C extends Config>(command: string, configured: Configured<C>, io: Io): C | undefined {
  const { bold, red, yellow } = styles(io)
  if ('config' in configured) {
    for (const { name, what, hint } of configured.warnings)
      io.err(`${yellow('warning')}: ${bold(name)}: ${what}${hint === undefined ? '' : `; ${hint}`}\n`)
    return configured.config
  }
  const { problems } = configured
  const count = problems.length === 1 ? '1 setting is wrong' : `${problems.length} settings are wrong`
  io.err(`${red('error')}: strongroom ${command} did not start, ${count}\n`)
  for (const { name, what, hint } of problems)
    io.err(`  ${bold(name)} ${what}\n${hint === undefined ? '' : `    hint: ${hint}\n`}`)
  io.err(`see strongroom ${command} --help\n`)
  return undefined
}
