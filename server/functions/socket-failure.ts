const TLS = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/
const NETWORK = /^(E[A-Z_]+|ERR_SOCKET_[A-Z_]+)$/

/** What Node's code of an error says about why a connection did not come about; undefined when it is none of a socket. */
export function failureOfSocket(code: string): 'tls' | 'network' | undefined {
  return TLS.test(code) ? 'tls' : NETWORK.test(code) ? 'network' : undefined
}
