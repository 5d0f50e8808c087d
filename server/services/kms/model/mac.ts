/** OpenSSL's name of the hash of an HMAC algorithm: `HMAC_SHA_256` → `sha256`. */
export const macHash = (algorithm: string): string => `sha${algorithm.slice('HMAC_SHA_'.length)}`
