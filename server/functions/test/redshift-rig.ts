import pg from 'pg'
import { Secret } from '#kernel/values/bytes'
import type { DatabaseSecret, Session } from '../function.ts'
import { redshift } from '../redshift.ts'
import { type Rig, startRig } from './postgres-rig.ts'

/** A PostgreSQL that stands for a Redshift: the database `dev`, and the superuser `chief`. */
export interface RedshiftRig extends Rig {
  login(username: string, password: string, change?: Partial<DatabaseSecret>): DatabaseSecret
  asChief<T>(act: (session: Session) => Promise<T>): Promise<T>
  /** Runs statements as the superuser in the database `dev`, where secrets without a `dbname` lead. */
  dev(sql: string): Promise<Record<string, unknown>[]>
}

export async function startRedshift(): Promise<RedshiftRig> {
  const rig = await startRig()
  await rig.sql("CREATE ROLE chief SUPERUSER LOGIN PASSWORD 'of-the-chief'")
  await rig.sql('CREATE DATABASE dev')
  const login: RedshiftRig['login'] = (username, password, change = {}) => ({
    engine: 'redshift',
    host: '127.0.0.1',
    port: rig.port,
    username,
    password: new Secret(password),
    tls: 'try',
    ...change,
  })
  return {
    ...rig,
    login,
    async asChief(act) {
      const session = await redshift.connect(login('chief', 'of-the-chief'), new AbortController().signal)
      try {
        return await act(session)
      } finally {
        await session.close()
      }
    },
    async dev(sql) {
      const client = new pg.Client(`postgres://chief:of-the-chief@127.0.0.1:${rig.port}/dev`)
      await client.connect()
      try {
        return (await client.query(sql)).rows
      } finally {
        await client.end()
      }
    },
  }
}
