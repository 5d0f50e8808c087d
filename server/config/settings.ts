import { nearest } from './nearest.ts'
import { type Mode, type Option, type OptionName, optionNames, options, variableOf, variablesOnly } from './options.ts'

/** Something wrong with the settings, for a person: what (lower case, no full stop), and what to do. */
export interface Problem {
  /** The flag, variable or file at fault. */
  readonly name: string
  readonly what: string
  readonly hint?: string | undefined
}

/** The text of one setting and where it was found, to name it in messages: `--listen` or `STRONGROOM_LISTEN`. */
export interface Setting {
  readonly text: string
  readonly from: string
}

export type Settings = ReadonlyMap<OptionName, Setting>
export type Environment = Readonly<Record<string, string | undefined>>

const isOption = (name: string): name is OptionName => Object.hasOwn(options, name)

/** The flags of a command line. Values of unknown flags are never repeated: they may be secrets. */
export function fromArguments(mode: Mode, args: readonly string[], problems: Problem[]): Map<OptionName, Setting> {
  const settings = new Map<OptionName, Setting>()
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    const match = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(arg)
    if (match === null) {
      problems.push({
        name: `argument ${at + 1}`,
        what: 'is not a flag',
        hint: `flags look like --listen 127.0.0.1:4566; see strongroom ${mode} --help`,
      })
      continue
    }
    const [, name = '', attached] = match
    const from = `--${name}`
    const next = args[at + 1]
    if (!isOption(name)) {
      problems.push({ name: from, what: 'is not a flag', hint: hintFor(name, mode) })
      if (attached === undefined && next !== undefined && !next.startsWith('--')) at++
      continue
    }
    const option: Option = options[name]
    let text = attached ?? 'true'
    if (attached === undefined && option.value !== undefined) {
      if (next === undefined || next.startsWith('--')) {
        problems.push({ name: from, what: 'lacks its value', hint: `write ${from} ${option.value}` })
        continue
      }
      text = next
      at++
    }
    if (!option.modes.includes(mode))
      problems.push({ name: from, what: `is not a flag of strongroom ${mode}`, hint: option.elsewhere })
    else if (settings.has(name))
      problems.push({ name: from, what: 'is given twice', hint: 'give it once; lists are comma separated' })
    else settings.set(name, { text, from })
  }
  return settings
}

function hintFor(name: string, mode: Mode): string {
  if (/^(seal-)?pass(phrase|word)$|secret|access-key|pin$/.test(name)) {
    const variable = /pin$/.test(name)
      ? 'STRONGROOM_SEAL_PKCS11_PIN or --seal-pkcs11-pin-file'
      : /secret|access/.test(name)
        ? 'STRONGROOM_ROOT_SECRET_ACCESS_KEY'
        : 'STRONGROOM_SEAL_PASSPHRASE or --seal-passphrase-file'
    return `a command line is read by every process of the machine; use ${variable}`
  }
  const known = optionNames.filter((option) => (options[option] as Option).modes.includes(mode))
  const meant = nearest(name, known)
  return meant === undefined ? `see strongroom ${mode} --help` : `did you mean --${meant}?`
}

/** The settings of the environment. Empty variables count as not given. Those of the other mode are left alone. */
export function fromEnvironment(mode: Mode, env: Environment, warnings: Problem[]): Map<OptionName, Setting> {
  const settings = new Map<OptionName, Setting>()
  const variables = new Map<string, OptionName>(optionNames.map((name) => [variableOf(name), name]))
  const known = [...variables.keys(), ...Object.keys(variablesOnly)]
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('STRONGROOM_') || text === undefined || text === '') continue
    const name = variables.get(variable)
    if (name === undefined) {
      // Kubernetes sets STRONGROOM_SERVICE_HOST and the like by itself, so an unknown name is no error.
      const meant = known.includes(variable)
        ? undefined
        : nearest(
            variable.toLowerCase(),
            known.map((one) => one.toLowerCase()),
          )
      if (meant !== undefined)
        warnings.push({ name: variable, what: 'is not a setting', hint: `did you mean ${meant.toUpperCase()}?` })
      continue
    }
    const option: Option = options[name]
    if (option.modes.includes(mode)) settings.set(name, { text, from: variable })
    else warnings.push({ name: variable, what: `has no effect on strongroom ${mode}`, hint: option.elsewhere })
  }
  return settings
}

/** The settings of a JSON file: `{"listen": "127.0.0.1:4566", "region": ["us-east-1"], "workers": 2}`. */
export function fromFile(mode: Mode, path: string, content: string, problems: Problem[]): Map<OptionName, Setting> {
  const settings = new Map<OptionName, Setting>()
  let parsed: unknown
  try {
    parsed = JSON.parse(content)
  } catch {
    parsed = undefined
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    problems.push({ name: path, what: 'is not a JSON object', hint: 'write it like {"listen": "127.0.0.1:4566"}' })
    return settings
  }
  for (const [name, value] of Object.entries(parsed)) {
    const from = `${name} in ${path}`
    if (!isOption(name) || name === 'config')
      problems.push({ name: from, what: 'is not a setting', hint: hintFor(name, mode) })
    else if (!(options[name].modes as readonly Mode[]).includes(mode))
      problems.push({
        name: from,
        what: `is not a setting of strongroom ${mode}`,
        hint: (options[name] as Option).elsewhere,
      })
    else if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
      settings.set(name, { text: value.join(','), from })
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      settings.set(name, { text: String(value), from })
    else problems.push({ name: from, what: 'is neither text, number, true, false nor a list of texts' })
  }
  return settings
}
