import type { Config, Configured } from '@strongroom/server/config'
import type { Io } from './command.ts'
import { styles } from './style.ts'

/** The config, its warnings printed; undefined after all that is wrong with it was printed. */
export function accepted<C extends Config>(command: string, configured: Configured<C>, io: Io): C | undefined {
  const { bold, red, yellow } = styles(io)
  if ('config' in configured) {
    for (const { name, what, hint } of configured.warnings)
      io.err(`${yellow('warning')}: ${bold(name)}: ${what}${hint === undefined ? '' : `; ${hint}`}\n`)
    return asking(configured.config, io)
  }
  const { problems } = configured
  const count = problems.length === 1 ? '1 setting is wrong' : `${problems.length} settings are wrong`
  const isServer = ['serve', 'dev'].includes(command)
  io.err(`${red('error')}: strongroom ${command} ${isServer ? 'did not start' : 'did nothing'}, ${count}\n`)
  for (const { name, what, hint } of problems) {
    io.err(`  ${bold(name)} ${what}\n`)
    // Of a flag that nobody knows the hint is about the server's.
    if (hint !== undefined && (isServer || what !== 'is not a flag')) io.err(`    hint: ${hint}\n`)
  }
  io.err(`see strongroom ${command} --help\n`)
  return undefined
}

/** Whoever sits at a terminal is asked for the shares that no file has. */
function asking<C extends Config>(config: C, { askSecret }: Io): C {
  if (config.mode !== 'serve' || config.seal.kind !== 'shamir' || askSecret === undefined) return config
  return { ...config, seal: { ...config.seal, ask: askSecret } }
}
