/** As much of the driver as is used here; it brings no types of its own. Source: documentation of node-oracledb 26. */
declare module 'oracledb' {
  export interface Connection {
    execute(
      sql: string,
      binds: readonly string[],
      options: ExecuteOptions,
    ): Promise<{ readonly rows?: readonly (readonly unknown[])[] }>
    close(): Promise<void>
  }

  interface ExecuteOptions {
    readonly maxRows: number
    readonly keepInStmtCache: boolean
    readonly outFormat: number
    readonly fetchTypeHandler: () => { readonly type: unknown }
  }

  export interface ConnectionAttributes {
    readonly user: string
    readonly password: string
    readonly connectString: string
    /** Certificates and a key in PEM. */
    readonly walletContent?: string
    readonly externalAuth: boolean
    readonly stmtCacheSize: number
    readonly events: boolean
    readonly program: string
    readonly machine: string
    readonly osUser: string
    readonly terminal: string
  }

  interface Driver {
    getConnection(attributes: ConnectionAttributes): Promise<Connection>
    /** Whether it works without Oracle's own libraries. */
    readonly thin: boolean
    readonly STRING: unknown
    readonly OUT_FORMAT_ARRAY: number
  }

  const driver: Driver
  export default driver
}
