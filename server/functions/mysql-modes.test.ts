import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { type Mariadb, mariadbMissing, startMariadb } from '../test/mariadb.ts'
import { mariadb } from './mysql.ts'
import { identifier } from './mysql-text.ts'
import { failureOf, grantsOf, rootOf, secretOf, signal } from './test/mariadb-logins.ts'

/** Quoting, whatever a server is set to. Against a real MariaDB. */

const skip = mariadbMissing() ?? false

for (const sqlMode of ['', 'NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES,PIPES_AS_CONCAT'])
  describe(`a server with sql_mode '${sqlMode}'`, { skip }, () => {
    let server: Mariadb
    before(async () => {
      server = await startMariadb({
        settings: { 'sql-mode': sqlMode, 'character-set-server': 'latin1' },
      })
      await server.run('SET GLOBAL sql_quote_show_create = 0')
    })
    after(() => server[Symbol.asyncDispose]())

    test("one's own password: the new one is accepted, the old one refused, whatever it is made of", async () => {
      await server.run(`CREATE USER app@'%' IDENTIFIED BY 'first'`)
      let current = 'first'
      for (const next of [
        `it's`,
        `\\' OR 1=1 -- `,
        `a\\`,
        `"; DROP USER app; --`,
        '`$`',
        'pässwörd 密碼 😀',
        "\\'\\\\'",
        'x\ny\t\x1a',
      ]) {
        const session = await mariadb.connect(secretOf(server, 'app', current), signal)
        await session.setOwnPassword('app', new Secret(next), new Secret(current))
        await session.close()
        assert.equal(await failureOf(secretOf(server, 'app', current)), 'auth')
        assert.equal(await failureOf(secretOf(server, 'app', next)), undefined, next)
        current = next
      }
    })

    test('a clone has the very rights of the original, row by row', async () => {
      const odd = "t' TO `x"
      await server.run(
        `SET sql_mode = 'NO_BACKSLASH_ESCAPES'`,
        'CREATE DATABASE shop',
        'CREATE DATABASE `odd ``db.x`',
        'CREATE TABLE shop.orders (id INT, price INT, `we``ird, col)` INT)',
        `CREATE TABLE shop.${identifier(odd)} (id INT)`,
        'CREATE PROCEDURE shop.total() SELECT 1',
        'CREATE FUNCTION shop.one() RETURNS INT RETURN 1',
        'CREATE ROLE reader',
        "CREATE ROLE `role' TO x`",
        // MariaDB lets nobody hand on a role but its administrators
        `GRANT reader TO root@'127.%' WITH ADMIN OPTION`,
        `GRANT \`role' TO x\` TO root@'127.%' WITH ADMIN OPTION`,
        `CREATE USER owner@'127.%' IDENTIFIED BY 'pw'`,
        `GRANT reader TO owner@'127.%' WITH ADMIN OPTION`,
        `GRANT \`role' TO x\` TO owner@'127.%'`,
        `SET DEFAULT ROLE reader FOR owner@'127.%'`,
        `GRANT PROCESS, SHOW DATABASES, BINLOG MONITOR ON *.* TO owner@'127.%'`,
        `GRANT ALL PRIVILEGES ON \`odd \`\`db.x\`.* TO owner@'127.%' WITH GRANT OPTION`,
        `GRANT SELECT, CREATE TEMPORARY TABLES ON \`sh\\_p%\`.* TO owner@'127.%'`,
        `GRANT SELECT (id, \`we\`\`ird, col)\`), INSERT, UPDATE (price) ON shop.orders TO owner@'127.%' WITH GRANT OPTION`,
        `GRANT DELETE HISTORY, SELECT ON shop.${identifier(odd)} TO owner@'127.%'`,
        `GRANT EXECUTE ON PROCEDURE shop.total TO owner@'127.%'`,
        `GRANT EXECUTE, ALTER ROUTINE ON FUNCTION shop.one TO owner@'127.%' WITH GRANT OPTION`,
        `ALTER USER owner@'127.%' WITH MAX_QUERIES_PER_HOUR 5000 MAX_USER_CONNECTIONS 7`,
      )
      const expected = await grantsOf(server, 'owner', '127.%')
      assert.equal(expected.length, 10)
      const root = await rootOf(server)
      await root.setClone('owner', 'owner_clone', new Secret("o'n\\e"))
      assert.deepEqual(await grantsOf(server, 'owner_clone', '127.%'), expected)
      assert.equal(await failureOf(secretOf(server, 'owner_clone', "o'n\\e", { dbname: 'shop' })), undefined)

      // again: only the password, and what the original has got since
      await server.run(`GRANT INSERT ON \`odd \`\`db.x\`.* TO owner@'127.%'`, `GRANT DELETE ON shop.* TO owner@'127.%'`)
      await root.setClone('owner', 'owner_clone', new Secret('two'))
      await root.setClone('owner', 'owner_clone', new Secret('two'))
      assert.deepEqual(await grantsOf(server, 'owner_clone', '127.%'), await grantsOf(server, 'owner', '127.%'))
      assert.equal(await failureOf(secretOf(server, 'owner_clone', 'two')), undefined)
      assert.equal(await failureOf(secretOf(server, 'owner_clone', "o'n\\e")), 'auth')

      // and the other way round: the original is the clone of its clone
      await root.setClone('owner_clone', 'owner', new Secret('three'))
      assert.equal(await failureOf(secretOf(server, 'owner', 'three')), undefined)
      assert.equal(await failureOf(secretOf(server, 'owner', 'pw')), 'auth')
      assert.deepEqual(await grantsOf(server, 'owner', '127.%'), await grantsOf(server, 'owner_clone', '127.%'))
      await root.close()
      const hosts = await server.run(`SELECT User, Host FROM mysql.user WHERE User LIKE 'owner%' ORDER BY User`)
      assert.deepEqual(hosts, [
        { User: 'owner', Host: '127.%' },
        { User: 'owner_clone', Host: '127.%' },
      ])
    })
  })
