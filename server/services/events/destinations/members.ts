import type { Text } from '#kernel/shape'
import { required } from '#kernel/shape'

/** The members of connections and API destinations, with AWS's constraints. Source: the service's API model, 2015-10-07. */

const string = { kind: 'string' } as const
const named = (length: readonly [number, number], pattern?: string) =>
  ({ kind: 'string', length, ...(pattern === undefined ? {} : { pattern }) }) as const satisfies Text
const of = (...oneOf: readonly string[]) => ({ kind: 'string', oneOf }) as const satisfies Text
const secret = <S extends object>(shape: S) => ({ ...shape, sensitive: true }) as const

export const ConnectionName = named([1, 64], '[\\.\\-_A-Za-z0-9]+')
export const ApiDestinationName = ConnectionName
export const Description = named([0, 512], '.*')
export const AuthorizationType = of('BASIC', 'OAUTH_CLIENT_CREDENTIALS', 'API_KEY')
export const ConnectionState = of(
  'CREATING',
  'UPDATING',
  'DELETING',
  'AUTHORIZED',
  'DEAUTHORIZED',
  'AUTHORIZING',
  'DEAUTHORIZING',
  'ACTIVE',
  'FAILED_CONNECTIVITY',
)
export const ConnectionArn = named(
  [1, 1600],
  '^arn:aws([a-z]|\\-)*:events:([a-z]|\\d|\\-)*:([0-9]{12})?:connection\\/[\\.\\-_A-Za-z0-9]+\\/[\\-A-Za-z0-9]+$',
)
// The model's own expression takes time without bounds: this one takes the same texts.
const AuthHeaderParameters = named([1, 512], '^\\t*[^\\x00-\\x1F:\\x7F][^\\x00-\\x08\\x0A-\\x1F:\\x7F]*$')
const AuthHeaderParametersSensitive = secret(AuthHeaderParameters)
export const HttpsEndpoint = named([1, 2048], "^(%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@\\x26=+$,A-Za-z0-9])+$")
export const HttpMethod = of('POST', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE')
export const RateLimit = { kind: 'integer', range: [1, 2_147_483_647] } as const
export const NextToken = named([1, 2048])
export const LimitMax100 = { kind: 'integer', range: [1, 100] } as const
export const KmsKeyIdentifier = named([0, 2048], '^[a-zA-Z0-9_\\-/:]*$')

const IsValueSecret = { kind: 'boolean' } as const
const pairs = <K extends Text, V extends Text>(Key: K, Value: V) =>
  ({
    kind: 'list',
    length: [0, 100],
    of: { kind: 'structure', members: { Key, Value, IsValueSecret } },
  }) as const
const ConnectionHttpParameters = {
  kind: 'structure',
  members: {
    HeaderParameters: pairs(
      named([0, 512], "^[!#$%&'*+-.^_`|~0-9a-zA-Z]+$"),
      // as above
      secret(named([0, 512], '^\\t*[\\x20-\\x7E][\\t\\x20-\\x7E]*$')),
    ),
    QueryStringParameters: pairs(
      named([0, 512], '[^\\x00-\\x1F\\x7F]+'),
      secret(named([0, 512], '[^\\x00-\\x09\\x0B\\x0C\\x0E-\\x1F\\x7F]+')),
    ),
    BodyParameters: pairs(string, secret(string)),
  },
} as const
export const ConnectivityResourceParameters = {
  kind: 'structure',
  members: {
    ResourceParameters: {
      kind: 'structure',
      required: true,
      members: {
        ResourceConfigurationArn: required(
          named(
            [0, 2048],
            '^(?:^arn:[a-z0-9\\-]+:vpc-lattice:[a-zA-Z0-9\\-]+:\\d{12}:resourceconfiguration/rcfg-[0-9a-z]{17}$|^$)',
          ),
        ),
      },
    },
  },
} as const

const OAuthMethod = of('GET', 'POST', 'PUT')

export const CreateAuthParameters = {
  kind: 'structure',
  members: {
    BasicAuthParameters: {
      kind: 'structure',
      members: { Username: required(AuthHeaderParameters), Password: required(AuthHeaderParametersSensitive) },
    },
    OAuthParameters: {
      kind: 'structure',
      members: {
        ClientParameters: {
          kind: 'structure',
          required: true,
          members: { ClientID: required(AuthHeaderParameters), ClientSecret: required(AuthHeaderParametersSensitive) },
        },
        AuthorizationEndpoint: required(HttpsEndpoint),
        HttpMethod: required(OAuthMethod),
        OAuthHttpParameters: ConnectionHttpParameters,
      },
    },
    ApiKeyAuthParameters: {
      kind: 'structure',
      members: { ApiKeyName: required(AuthHeaderParameters), ApiKeyValue: required(AuthHeaderParametersSensitive) },
    },
    InvocationHttpParameters: ConnectionHttpParameters,
    ConnectivityParameters: ConnectivityResourceParameters,
  },
} as const

export const UpdateAuthParameters = {
  kind: 'structure',
  members: {
    BasicAuthParameters: {
      kind: 'structure',
      members: { Username: AuthHeaderParameters, Password: AuthHeaderParametersSensitive },
    },
    OAuthParameters: {
      kind: 'structure',
      members: {
        ClientParameters: {
          kind: 'structure',
          members: { ClientID: AuthHeaderParameters, ClientSecret: AuthHeaderParametersSensitive },
        },
        AuthorizationEndpoint: HttpsEndpoint,
        HttpMethod: OAuthMethod,
        OAuthHttpParameters: ConnectionHttpParameters,
      },
    },
    ApiKeyAuthParameters: {
      kind: 'structure',
      members: { ApiKeyName: AuthHeaderParameters, ApiKeyValue: AuthHeaderParametersSensitive },
    },
    InvocationHttpParameters: ConnectionHttpParameters,
    ConnectivityParameters: ConnectivityResourceParameters,
  },
} as const
