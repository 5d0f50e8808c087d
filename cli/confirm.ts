import { exit, Failure, type Io } from './command.ts'

/**
 * Whether to go on: yes when `--yes` was given, else as a person at the terminal answers. Where nobody sits there it throws a
 * Failure: nothing is changed that nobody agreed to.
 */
export async function agreed(question: string, yes: boolean, io: Pick<Io, 'ask'>): Promise<boolean> {
  if (yes) return true
  if (io.ask === undefined)
    throw new Failure(
      'nothing was changed: nobody is there to agree',
      'say --yes, or --dry-run to see the plan only',
      exit.usage,
    )
  return /^y(es)?$/i.test(await io.ask(`${question} [y/N] `))
}
