import type { ParameterType, StoredTier } from './parameter.ts'
import {
  imageOfType,
  integrationPrefix,
  nestedParameter,
  noDowngrade,
  policiesNeedAdvanced,
  unknownDataType,
  valueTooLong,
} from './refusals.ts'

/** Rules of what a parameter holds. Source: parameterstore.md 3. */

const INTEGRATIONS = 'd9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations'

/**
 * The data type of a new version: as asked, else that of the one before, else text. Empty counts as not asked.
 * Source: parameterstore.md 3.2, 4.1.
 */
export function dataTypeOf(asked: string | undefined, before: string | undefined): string {
  return asked || before || 'text'
}

/** Refuses a data type that is not known, or not of that type or name. Source: parameterstore.md 3.2. */
export function checkDataType(dataType: string, type: ParameterType | undefined, key: string): void {
  if (dataType === 'text') return
  if (dataType === 'aws:ec2:image') {
    if (type !== undefined && type !== 'String') throw imageOfType(type)
  } else if (dataType === 'aws:ssm:integration') {
    if (!key.startsWith(INTEGRATIONS)) throw integrationPrefix()
  } else throw unknownDataType(dataType)
}

/** Whether a value has the form of an id of an image. Source: parameterstore.md 3.2. */
export function isImage(value: string): boolean {
  return /^ami-[0-9a-f]{8,17}$/.test(value)
}

/** A value that could be taken for a reference to another parameter. Source: parameterstore.md 3.1, trap 15. */
export function checkNested(value: string): void {
  const open = value.indexOf('{{')
  if (open >= 0 && value.indexOf('}}', open + 2) >= 0) throw nestedParameter(value)
}

export type AskedTier = StoredTier | 'Intelligent-Tiering'

/** Most bytes of a value in UTF-8. Assumed: bytes; the guide says characters, and KMS encrypts no more than 4,096 bytes. */
const MOST_BYTES: Readonly<Record<StoredTier, number>> = { Standard: 4096, Advanced: 8192 }

/** What a tier is decided by. */
export interface Weighed {
  /** The request's, else the account's default. */
  readonly asked: AskedTier
  /** Of the parameter as it is; undefined: there is none. */
  readonly before: StoredTier | undefined
  /** The request says a tier by name. */
  readonly said: boolean
  readonly bytes: number
  /** The new version has policies. */
  readonly policies: boolean
}

/**
 * The tier of a new version, always one that can be stored. `full`: whether no standard parameter fits any more; asked only when it
 * counts. Refuses the way back, a value that is too long, and policies of a standard parameter. Source: parameterstore.md 3.4.
 */
export async function tierOf(weighed: Weighed, full: () => Promise<boolean>): Promise<StoredTier> {
  const { asked, before, said, bytes, policies } = weighed
  const tier = await chosen(weighed, full)
  if (asked === 'Standard' && said && before === 'Advanced') throw noDowngrade()
  if (bytes > MOST_BYTES[tier]) throw valueTooLong(tier)
  if (policies && tier === 'Standard') throw policiesNeedAdvanced()
  return tier
}

async function chosen({ asked, before, bytes, policies }: Weighed, full: () => Promise<boolean>): Promise<StoredTier> {
  if (before === 'Advanced' || asked === 'Advanced') return 'Advanced'
  if (asked === 'Standard') return 'Standard'
  if (bytes > MOST_BYTES.Standard || policies) return 'Advanced'
  return before === undefined && (await full()) ? 'Advanced' : 'Standard'
}
