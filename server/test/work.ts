/**
 * Milliseconds of processor time that this process spends while `run` goes on, servers that tests start in it included: what is
 * done grows with what is asked, whatever else the machine is busy with. What hangs without work is the test's own timeout's.
 */
export async function workOf(run: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
