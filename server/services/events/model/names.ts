import { arn, parseArn } from '#kernel/values/arn'

/** Where something of EventBridge is. */
export interface Cell {
  readonly account: string
  readonly region: string
}

/** A bus: where it is and its name. */
export interface BusPlace extends Cell {
  readonly name: string
}

/** As whom EventBridge calls others. */
export const EVENTS = 'events.amazonaws.com'

/** The bus that every account has. */
export const DEFAULT = 'default'

export const busArn = ({ account, region, name }: BusPlace): string =>
  arn('events', region, account, `event-bus/${name}`)

/** A rule's ARN names its bus unless that is the default one. Source: surroundings.md 4.2. */
export const ruleArn = ({
  account,
  region,
  bus,
  name,
}: Cell & { readonly bus: string; readonly name: string }): string =>
  arn('events', region, account, bus === DEFAULT ? `rule/${name}` : `rule/${bus}/${name}`)

/** The bus that a member `EventBusName` means: a name, an ARN, or nothing for the default one. */
export function busIn(nameOrArn: string | undefined, { account, region }: Cell): BusPlace {
  if (nameOrArn === undefined) return { account, region, name: DEFAULT }
  const parsed = parseArn(nameOrArn)
  if (parsed === undefined) return { account, region, name: nameOrArn }
  return { account: parsed.account, region: parsed.region, name: parsed.resource.slice('event-bus/'.length) }
}

/** What an ARN of EventBridge names: a bus or a rule; undefined for anything else. */
export type Named =
  | { readonly kind: 'bus'; readonly bus: BusPlace }
  | { readonly kind: 'rule'; readonly bus: BusPlace; readonly name: string }

export function namedBy(text: string): Named | undefined {
  const parsed = parseArn(text)
  if (parsed === undefined || parsed.service !== 'events') return undefined
  const { account, region, resource } = parsed
  const slash = resource.indexOf('/')
  const kind = resource.slice(0, slash)
  const rest = resource.slice(slash + 1)
  if (slash < 0 || rest === '') return undefined
  if (kind === 'event-bus') return { kind: 'bus', bus: { account, region, name: rest } }
  if (kind !== 'rule') return undefined
  // a bus of a partner has slashes in its name, a rule never
  const last = rest.lastIndexOf('/')
  const bus = last < 0 ? DEFAULT : rest.slice(0, last)
  return { kind: 'rule', bus: { account, region, name: bus }, name: rest.slice(last + 1) }
}
