/** What a command may use of the process that runs it; tests give their own. */
export interface Io {
  /** Writes to standard output as it is; lines bring their own `\n`. */
  out(text: string): void
  /** Writes bytes that are no text to standard output; the program has it, tests may not. */
  outBytes?(bytes: Uint8Array): void
  /** Writes to standard error as it is. */
  err(text: string): void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Asks a person for a secret, which is not shown while it is typed; not there where nobody sits at a terminal. */
  askSecret?(prompt: string): Promise<string>
  /** Asks a person a question; what is typed is shown. Not there where nobody sits at a terminal. */
  ask?(question: string): Promise<string>
  /** Waits until standard output takes more; false when its reader went away. Long lists ask it now and then. */
  drained?(): Promise<boolean>
  /** True when standard output is a terminal, so that what is written there lies in no file. */
  readonly terminal?: boolean
  /** True when standard output and error are a terminal and NO_COLOR is not set. */
  readonly colour: boolean
}

/** Exit codes, the same for every command. */
export const exit = {
  ok: 0,
  /** The command was understood and failed; standard error says why. */
  failed: 1,
  /** The command line or the environment is wrong; nothing was done. */
  usage: 2,
} as const

/** One command of `strongroom`: a file of its own, listed in main.ts. */
export interface Command {
  readonly name: string
  /** One line for the list in `strongroom --help`: lower case, no full stop. */
  readonly summary: string
  /** What `strongroom <name> --help` prints: usage, what it does, flags, examples. Made when asked for. */
  help(): Promise<string> | string
  /** `args` are those after the command's name; answers the exit code. A thrown `Failure` is printed by main. */
  run(args: readonly string[], io: Io): Promise<number>
}

/** A failure that is told to a person: what happened (lower case, no full stop), and what to do about it. */
export class Failure extends Error {
  readonly hint: string | undefined
  readonly code: number

  constructor(what: string, hint?: string, code: number = exit.failed, cause?: unknown) {
    super(what, { cause })
    this.name = 'Failure'
    this.hint = hint
    this.code = code
  }
}
