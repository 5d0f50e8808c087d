const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number) => String(value).padStart(2, '0')

/** A time in a record's parameters or answer: `Jan 22, 2021 12:46:28 AM`, in UTC. Source: surroundings.md 1.3. */
export const shownMoment = (time: Date): string => written(time, ' ')

/** The same as KMS writes it: `Aug 10, 2022, 10:38:27 PM`. Source: surroundings.md 1.3. */
export const shownKeyMoment = (time: Date): string => written(time, ', ')

function written(time: Date, between: string): string {
  const hour = time.getUTCHours()
  const clock = `${hour % 12 === 0 ? 12 : hour % 12}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`
  const day = `${MONTHS[time.getUTCMonth()]} ${time.getUTCDate()}, ${time.getUTCFullYear()}`
  return `${day}${between}${clock} ${hour < 12 ? 'AM' : 'PM'}`
}
