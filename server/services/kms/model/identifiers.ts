import { ApiError } from '#kernel/error'
import { parseArn } from '#kernel/values/arn'

/** What a KeyId member names, before anybody looks whether it is there. Source: kms.md 2. */
export type Named =
  | { readonly kind: 'key'; readonly account: string; readonly region: string; readonly id: string }
  | { readonly kind: 'alias'; readonly account: string; readonly region: string; readonly name: string }

const KEY_ID = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/
const ALIAS = /^alias\/[a-zA-Z0-9/_-]{1,250}$/
const ACCOUNT = /^\d{12}$/

const invalidKeyId = (text: string) => new ApiError('NotFoundException', `Invalid keyId '${text}'`)
const invalidArn = (text: string) => new ApiError('InvalidArnException', `Invalid arn ${text}`)

/**
 * Reads a key id, key ARN, alias name or alias ARN. Short forms mean the caller's account; all mean the request's
 * region. `aliases`: whether the operation takes aliases at all. Throws the refusals of kms.md 2 (recorded).
 */
export function readKeyId(text: string, account: string, region: string, aliases: 'aliases' | 'keys only'): Named {
  if (KEY_ID.test(text)) return { kind: 'key', account, region, id: text }
  if (text.startsWith('arn:')) return readArn(text, region, aliases)
  if (aliases === 'aliases' && text.startsWith('alias/')) return { kind: 'alias', account, region, name: text }
  throw invalidKeyId(text)
}

function readArn(text: string, region: string, aliases: 'aliases' | 'keys only'): Named {
  const arn = parseArn(text)
  if (arn === undefined || arn.partition !== 'aws' || arn.service !== 'kms') throw invalidArn(text)
  if (!ACCOUNT.test(arn.account) || arn.region === '') throw invalidArn(text)
  const { account, resource } = arn
  const isAlias = resource.startsWith('alias/')
  if (!isAlias && !resource.startsWith('key/')) throw invalidArn(text)
  if (arn.region !== region) throw new ApiError('NotFoundException', `Invalid arn ${arn.region}`)
  if (isAlias) {
    if (aliases === 'keys only') throw invalidKeyId(text)
    return { kind: 'alias', account, region, name: resource }
  }
  const id = resource.slice('key/'.length)
  if (!KEY_ID.test(id)) throw invalidKeyId(id)
  return { kind: 'key', account, region, id }
}

export const aliasNotFound = (arn: string): ApiError => new ApiError('NotFoundException', `Alias ${arn} is not found.`)

/** An alias stands for a key, not for another alias. Source: kms.md 5. */
export function refuseAliasAsTarget(keyId: string): void {
  if (keyId.startsWith('alias/') || keyId.includes(':alias/'))
    throw new ApiError('ValidationException', 'Aliases must refer to keys. Not aliases')
}

/**
 * The checks on the name of an alias that somebody makes, moves or deletes, beyond its constraints. Source: kms.md 5 (prefix recorded, others seen
 * second-hand; `alias/aws/` belongs to AWS managed keys and is denied to everybody).
 */
export function checkAliasName(name: string): void {
  if (!name.startsWith('alias/'))
    throw new ApiError(
      'ValidationException',
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  if (name.startsWith('alias/aws/')) throw new ApiError('NotAuthorizedException')
  if (!ALIAS.test(name)) throw new ApiError('ValidationException', `${name} contains invalid characters for an alias`)
}
